// Draws every chart of the page in the colours of its style sheet, and again where those change.
"use strict";
(() => {
  const root = document.documentElement;
  const isTouch = matchMedia("(pointer: coarse)").matches;
  const charts = [...document.querySelectorAll("script.plot-data")].map((script) => ({
    ...JSON.parse(script.textContent),
    plot: document.getElementById(script.dataset.plot),
  }));
  const config = {
    responsive: true,
    displaylogo: false,
    displayModeBar: isTouch ? false : "hover",
    // All that is shown, by name: among the others is one that would send the figures to plotly's makers.
    modeBarButtons: [["toImage", "zoom2d", "resetScale2d"]],
    plotlyServerURL: "",
  };

  const paper = { autosize: false, width: 640, height: 340 };

  function theme() {
    const style = getComputedStyle(root);
    const read = (name) => style.getPropertyValue(name).trim();
    return {
      font: getComputedStyle(document.body).fontFamily,
      text: read("--text"),
      muted: read("--muted"),
      grid: read("--rule"),
      surface: read("--surface"),
      series: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => read(`--series-${number}`)),
    };
  }

  function coloured(trace, colours) {
    const colour = colours.series[trace.colour];
    const { colour: _, ...rest } = trace;
    const faint = { color: colours.muted, thickness: 1.2, width: 3 };
    return {
      ...rest,
      marker: { ...rest.marker, color: colour },
      ...(rest.line && { line: { ...rest.line, color: colour } }),
      ...(rest.error_y && { error_y: { ...rest.error_y, ...(rest.type === "bar" ? faint : { ...faint, color: colour }) } }),
      textfont: { color: colours.text, size: 11 },
    };
  }

  function axis(own, colours, isValues) {
    return {
      ...own,
      title: { ...own.title, font: { size: 12, color: colours.muted }, standoff: 14 },
      automargin: true,
      fixedrange: isTouch,
      gridcolor: colours.grid,
      showgrid: isValues || own.type !== "category",
      linecolor: colours.muted,
      showline: !isValues,
      ticks: isValues ? "" : "outside",
      ticklen: 4,
      tickcolor: colours.muted,
      tickfont: { size: 12, color: colours.muted },
      zeroline: false,
      spikecolor: colours.muted,
      spikethickness: 1,
      ...(isValues && { showspikes: false }),
      ...(own.type !== "category" && { nticks: isValues ? 7 : Math.max(4, Math.floor(root.clientWidth / 110)) }),
    };
  }

  function layout(own, colours) {
    return {
      ...own,
      xaxis: axis(own.xaxis, colours, false),
      yaxis: axis(own.yaxis, colours, true),
      ...("paper" in root.dataset ? paper : { autosize: true }),
      uniformtext: { minsize: 10, mode: "hide" },
      bargap: 0.3,
      dragmode: isTouch ? false : "zoom",
      font: { family: colours.font, size: 12, color: colours.text },
      hoverlabel: { bgcolor: colours.surface, bordercolor: colours.grid, font: { color: colours.text }, namelength: 40 },
      legend: { orientation: "h", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom", font: { color: colours.text } },
      modebar: { bgcolor: "transparent", color: colours.muted, activecolor: colours.text },
      margin: { l: 8, r: 12, t: own.showlegend ? 8 : 16, b: 8 },
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
    };
  }

  // A guess at how many lines the legend takes, so that the plot below it keeps its height.
  function legendRows(chart) {
    if (!chart.layout.showlegend) return 0;
    const entry = 45 + 7 * Math.max(0, ...chart.data.map((trace) => trace.name.length));
    const columns = Math.max(1, Math.floor(chart.plot.clientWidth / entry));
    return Math.ceil(chart.data.length / columns);
  }

  function draw() {
    const colours = theme();
    for (const chart of charts) {
      chart.plot.style.setProperty("--legend-rows", legendRows(chart));
      const data = chart.data.map((trace) => coloured(trace, colours));
      Plotly.react(chart.plot, data, layout(chart.layout, colours), config);
    }
  }

  // A logarithmic axis has its ticks at chosen places; drawn out by the pointer, it finds others.
  function findTicks(chart, event) {
    for (const name of ["xaxis", "yaxis"]) {
      if (!chart.layout[name].tickvals) continue;
      if (event[`${name}.range[0]`] !== undefined) Plotly.relayout(chart.plot, { [`${name}.tickmode`]: "auto" });
      if (event[`${name}.autorange`]) Plotly.relayout(chart.plot, { [`${name}.tickmode`]: "array" });
    }
  }

  // On paper everything is dark on white, whatever the screen shows, and as wide as the page.
  addEventListener("beforeprint", () => {
    root.dataset.paper = "";
    document.querySelector("#provenance details").open = true;
    draw();
  });
  addEventListener("afterprint", () => {
    delete root.dataset.paper;
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
  for (const chart of charts) chart.plot.on("plotly_relayout", (event) => findTicks(chart, event));
})();
