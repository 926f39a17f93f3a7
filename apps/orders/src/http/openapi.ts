import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ABOUT } from '../about.js';

/** Serves the API's description at `/docs` for people and at `/docs-json` for programs. */
export function serveOpenApi(app: INestApplication): void {
  const about = new DocumentBuilder()
    .setTitle(ABOUT.title)
    .setDescription(ABOUT.description)
    .setVersion(ABOUT.version)
    .build();
  const document = SwaggerModule.createDocument(app, about, { operationIdFactory: (_controller, method) => method });
  SwaggerModule.setup('docs', app, document);
}
