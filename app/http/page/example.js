// A picture to try the service with: drawn here, so that nothing has to be fetched.

import { t } from "./strings.js";

const WIDTH = 620;
const HEIGHT = 520;
const FONT = '"Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

export async function examplePicture() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fbfaf6";
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  pen.fillStyle = "#22262a";
  const write = (text, y, size, align = "left", x = align === "left" ? 60 : align === "right" ? WIDTH - 60 : WIDTH / 2) => {
    pen.font = `${size}px ${FONT}`;
    pen.textAlign = align;
    pen.fillText(text, x, y);
  };
  const [name, street, one, onePrice, two, twoPrice, total, sum, thanks] = t("sample");
  write(name, 92, 44, "center");
  write(street, 136, 24, "center");
  [[one, onePrice, 222, 28], [two, twoPrice, 272, 28], [total, sum, 362, 34]].forEach(([what, price, y, size]) => {
    write(what, y, size);
    write(price, y, size, "right");
  });
  pen.fillRect(60, 304, WIDTH - 120, 2);
  write(thanks, 450, 24, "center");
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return new File([blob], "example.png", { type: "image/png" });
}
