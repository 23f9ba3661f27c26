// Draws the plot of every panel, and says when all are there.
"use strict";
(async () => {
  const small = { size: 10, color: "#6a737d", family: "inherit" };
  const line = { gridcolor: "#eceef0", linecolor: "#d0d7de", zeroline: false, tickfont: small, fixedrange: true };
  for (const script of document.querySelectorAll("script.plot-data")) {
    const { data, layout } = JSON.parse(script.textContent);
    const place = script.previousElementSibling;
    const margin = { l: 52, r: 6, t: 8, b: 20 };
    await Plotly.newPlot(place, data, {
      ...layout,
      xaxis: { ...line, ...layout.xaxis },
      yaxis: { ...line, nticks: 5, ...layout.yaxis },
      showlegend: false, margin, width: place.clientWidth, height: place.clientHeight,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    }, { staticPlot: true });
  }
  document.body.dataset.drawn = "true";
})();
