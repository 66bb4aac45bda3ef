declare module 'swagger-ui-dist/swagger-ui-bundle.js' {
  interface SwaggerOptions {
    url: string;
    domNode: Element | null;
    deepLinking?: boolean;
    docExpansion?: 'list' | 'full' | 'none';
    defaultModelsExpandDepth?: number;
    tryItOutEnabled?: boolean;
    validatorUrl?: string | null;
  }

  const SwaggerUI: (options: SwaggerOptions) => void;
  export default SwaggerUI;
}
