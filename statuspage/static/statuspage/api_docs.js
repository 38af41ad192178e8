// Shows the OpenAPI document that the page names.
const place = document.getElementById('docs');
SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: -1,
  displayOperationId: true,
  filter: true,
  // No badge of a validator elsewhere: nothing leaves this origin.
  validatorUrl: null,
});
