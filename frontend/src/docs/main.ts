/** The API's documentation: the committed OpenAPI document, read by Swagger UI, all from here. */
import SwaggerUI from 'swagger-ui-dist/swagger-ui-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './docs.css';

SwaggerUI({
  url: '/openapi.yaml',
  domNode: document.getElementById('docs'),
  // A link within a button is neither for everyone.
  deepLinking: false,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
