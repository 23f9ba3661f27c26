"use strict";

// Addresses are relative to the page, so that it works behind a gateway that puts a prefix in front of every path.
SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "openapi.json",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout", // without the bar in which another document's address can be typed
  validatorUrl: null, // no badge of a validator elsewhere
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0, // the operations first
});
