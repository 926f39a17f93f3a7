import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Serves the API's description at `/docs` for people and at `/docs-json` for programs. */
export function serveOpenApi(app: INestApplication): void {
  const about = new DocumentBuilder()
    .setTitle('Orders')
    .setDescription('An event-sourced order service. Writes go to event streams, reads come from a projection of them.')
    .setVersion('0.1.0')
    .build();
  const document = SwaggerModule.createDocument(app, about, { operationIdFactory: (_controller, method) => method });
  SwaggerModule.setup('docs', app, document);
}
