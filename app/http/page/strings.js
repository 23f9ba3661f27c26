// What the page says, in English and Chinese.

const ENGLISH = {
  title: "PP-OCR: read the text in a picture",
  more: "More", api: "API", theme: "Switch between light and dark",
  invitation: "Read the text in a picture",
  hint: "Drop a picture or a PDF here, or paste one.",
  choose: "Choose files", photograph: "Take a photo", example: "Try an example",
  upright: "Pictures may lie on their side or upside down",
  limits: "JPEG, PNG, WebP, BMP, GIF, TIFF or PDF, up to {size}",
  promise: "What you choose goes to this service and to nobody else, and is not kept.",
  files: "Files", pages: "Pages", page: "Page {number}", picture: "Picture", progress: "Progress",
  pictureOf: "{name}, page {number}",
  another: "Another picture", stop: "Stop", boxes: "Boxes", zoom: "Zoom", drop: "Drop to read",
  text: "Text", copy: "Copy", copyAll: "Copy all pages", copied: "Copied", notCopied: "Copying did not work",
  nothing: "There is no text on this page.",
  unread: "This page has not been read yet.",
  sure: "{score} % sure",
  save: "Download", saveAs: "Download as {format}", saveText: "Text",
  waiting: "In line", sending: "Sending, {percent} %", reading: "Reading", readingPage: "Reading page {number} of {count}",
  pausing: "The service is busy. Trying again in {seconds} s",
  lines: "{lines} lines", line: "1 line", ofPages: "{count} pages", took: "{seconds} s",
  done: "Read: {summary}", more_pages: "The first {most} of {count} pages were read.",
  cut: "Only the first picture of this file was read.",
  tryAgain: "Try again", requestId: "Request {id}",
  timings: "Read in {seconds} s", timingsHint: "Stages may overlap, so they can come to more than the whole.",
  queue: "waiting", decode: "decoding", detect: "finding lines", crop: "cutting out", orient: "turning",
  recognise: "reading", assemble: "assembling",
  keyTitle: "This service asks for a key", key: "API key", keyWrong: "That key is not right.",
  keyHint: "It is kept until this tab is closed, and sent to this service alone.",
  cancel: "Cancel", go: "Go on",
  tooLarge: "{size} is more than the {most} that are allowed.",
  offline: "No answer came. Is the service running, and are you online?",
  problem: "This did not work",
  problems: {
    body_too_large: "This file is too large", image_too_large: "This picture is too large",
    too_many_frames: "This file has too many pages", unsupported_media_type: "This is no picture that can be read",
    broken_image: "This file is damaged", document_encrypted: "This document is locked",
    unauthorized: "A key is needed", rate_limited: "Too many requests at once", queue_full: "The service is busy",
    not_ready: "The service is still starting", draining: "The service is stopping",
    deadline_exceeded: "This took too long", engine_error: "The service has a problem",
    internal_error: "The service has a problem", unreachable: "The service cannot be reached", stopped: "Stopped",
  },
  sample: ["Harbour Coffee", "14 Quay Street", "Flat white", "3.40", "Almond croissant", "2.95", "Total", "6.35", "Thank you, and see you soon!"],
};

const CHINESE = {
  title: "PP-OCR：识别图片中的文字",
  more: "更多", api: "接口文档", theme: "切换浅色与深色",
  invitation: "识别图片中的文字",
  hint: "把图片或 PDF 拖到这里，也可以直接粘贴。",
  choose: "选择文件", photograph: "拍照", example: "试试示例",
  upright: "图片可能横放或倒置",
  limits: "支持 JPEG、PNG、WebP、BMP、GIF、TIFF 和 PDF，最大 {size}",
  promise: "您选择的文件只会发送到本服务，不会被保存。",
  files: "文件", pages: "页面", page: "第 {number} 页", picture: "图片", progress: "进度",
  pictureOf: "{name}，第 {number} 页",
  another: "再来一张", stop: "停止", boxes: "文本框", zoom: "放大", drop: "松开即可识别",
  text: "文字", copy: "复制", copyAll: "复制全部页面", copied: "已复制", notCopied: "复制失败",
  nothing: "这一页没有文字。",
  unread: "这一页还没有识别。",
  sure: "置信度 {score}%",
  save: "下载", saveAs: "下载为 {format}", saveText: "文本",
  waiting: "排队中", sending: "上传中 {percent}%", reading: "识别中", readingPage: "正在识别第 {number} 页，共 {count} 页",
  pausing: "服务繁忙，{seconds} 秒后重试",
  lines: "{lines} 行", line: "1 行", ofPages: "{count} 页", took: "{seconds} 秒",
  done: "识别完成：{summary}", more_pages: "共 {count} 页，已识别前 {most} 页。",
  cut: "只识别了文件中的第一张图片。",
  tryAgain: "重试", requestId: "请求编号 {id}",
  timings: "用时 {seconds} 秒", timingsHint: "各阶段可能同时进行，合计可大于总用时。",
  queue: "等待", decode: "解码", detect: "检测", crop: "裁剪", orient: "转正",
  recognise: "识别", assemble: "整理",
  keyTitle: "本服务需要密钥", key: "API 密钥", keyWrong: "密钥不正确。",
  keyHint: "密钥只保留到关闭此标签页为止，且只发送给本服务。",
  cancel: "取消", go: "继续",
  tooLarge: "文件大小 {size}，超过上限 {most}。",
  offline: "没有收到答复。服务是否在运行？网络是否正常？",
  problem: "未能完成",
  problems: {
    body_too_large: "文件太大", image_too_large: "图片太大", too_many_frames: "页数太多",
    unsupported_media_type: "不是可以识别的图片", broken_image: "文件已损坏", document_encrypted: "文档已加密",
    unauthorized: "需要密钥", rate_limited: "请求过于频繁", queue_full: "服务繁忙", not_ready: "服务正在启动",
    draining: "服务正在停止", deadline_exceeded: "处理超时", engine_error: "服务出现问题",
    internal_error: "服务出现问题", unreachable: "无法连接服务", stopped: "已停止",
  },
  sample: ["海港咖啡", "码头街 14 号", "拿铁咖啡", "28.00", "杏仁可颂", "22.50", "合计", "50.50", "谢谢惠顾，欢迎再来！"],
};

const LANGUAGES = { en: ENGLISH, "zh-Hans": CHINESE };
let language = "en";

export function speak(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
}

export function spoken() {
  return language;
}

// The text called `name`, with {values} filled in.
export function t(name, values = {}) {
  const text = LANGUAGES[language][name];
  return typeof text === "string" ? text.replace(/\{(\w+)\}/g, (_, key) => values[key]) : text;
}

export function problemTitle(code) {
  return t("problems")[code] ?? t("problem");
}

export function size(bytes) {
  const [amount, unit] = bytes >= 1e6 ? [bytes / 1048576, "MB"] : [bytes / 1024, "KB"];
  return `${number(amount, amount < 10 ? 1 : 0)} ${unit}`;
}

export function number(value, digits) {
  return value.toLocaleString(language, { maximumFractionDigits: digits });
}
