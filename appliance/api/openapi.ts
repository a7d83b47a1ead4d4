import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { ApiServer } from './api-server.ts';
import { SESSION_COOKIE } from './authenticator.ts';

const DESCRIPTION = `Everything that the console shows, and what scripts and SCADA systems need. Times are ISO 8601 UTC;
the last word of a field's name is its unit. Errors are problem documents (RFC 9457) whose code is explained in
docs/errors.md.`;

/** The bar on top carries the maker's mark of the page and a field for other documents. */
const STYLE = '.swagger-ui .topbar { display: none; }';

/** Collects the routes added after it into an OpenAPI 3.1 document. */
export async function collectOpenApi(app: ApiServer, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Forebay',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        },
      },
      security: [{ apiKey: [] }, { bearer: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => dropUnused(jsonSchemaTransformObject(document)),
  });
}

/** The document at `/openapi.json` and the page to try it at `/docs`. */
export async function serveOpenApi(app: ApiServer): Promise<void> {
  app.get('/openapi.json', { config: { access: 'viewer' }, schema: { hide: true } }, async () => app.swagger());
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'viewer' };
    });
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { deepLinking: true },
      theme: { title: 'Forebay API', css: [{ filename: 'forebay.css', content: STYLE }] },
    });
  });
}

type OpenApiDocument = ReturnType<typeof jsonSchemaTransformObject>;

/** The generator describes every schema as input and as output; the half that no call uses would only confuse. */
function dropUnused(document: OpenApiDocument): OpenApiDocument {
  const { components, paths } = document as { components: { schemas: Record<string, object> }; paths: object };
  const { schemas } = components;
  const used = new Set<string>();
  const follow = (part: object): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = schemas[name];
      if (schema === undefined || used.has(name)) continue;
      used.add(name);
      follow(schema);
    }
  };
  follow(paths);
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  return { ...document, components: { ...components, schemas: Object.fromEntries(kept) } };
}
