import { Body, Controller, Get, Inject, Logger, Module, Param, Post } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DeadLetterQueue,
  DomainEvent,
  EventSourcingModule,
  EventStore,
  On,
  Projection,
  type ProjectionContext,
  type RecordedEvent,
} from '@tidemark/event-sourcing';
import { Logging } from '@tidemark/event-sourcing/logging';
import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { LogLines } from '../support/log-lines.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Stands in payloads and rows, and never in the log. */
const SECRET = 'geheim-4711';

@DomainEvent('note.written')
class NoteWritten {
  constructor(
    readonly text: string,
    readonly fault: string,
  ) {}
}

/** What a handler does wrong with a value that nobody may read. */
const FAULTS: Readonly<Record<string, string>> = {
  duplicate: 'insert into notes (id, text) values (1, $1), (1, $1)',
  missing: 'insert into notes (id, text) values (null, $1)',
  malformed: 'insert into notes (id, text) values (($1 || $1)::integer, $1)',
};

@Projection({ name: 'notes' })
class Notes {
  private readonly logger = new Logger('Notes');

  @On(NoteWritten)
  async written({ data }: RecordedEvent<NoteWritten>, { manager }: ProjectionContext): Promise<void> {
    this.logger.log('a note is handled');
    const fault = FAULTS[data.fault];
    if (fault !== undefined) await manager.query(fault, [data.text]);
  }
}

@Controller('notes')
class NotesController {
  private readonly logger = new Logger('NotesController');

  constructor(@Inject(EventStore) private readonly store: EventStore) {}

  @Post(':id')
  async write(@Param('id') id: string, @Body() { text, fault }: NoteWritten): Promise<object> {
    this.logger.log('a note is asked for');
    const { version } = await this.store.append(`note-${id}`, [new NoteWritten(text, fault)]);
    return { version };
  }

  @Get('broken')
  broken(): never {
    throw new Error(`no way to postgres://ada:${SECRET}@db.example/notes`);
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

describe('the log of an app by pino', () => {
  const lines = new LogLines();
  let database: TestDatabase;
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const client = await database.client();
    await client.query('create table notes (id integer primary key, text text)');
    await client.end();
    const logging = new Logging({ service: 'notes', destination: lines, redact: ['card'] });
    const imports = [
      logging.module,
      TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
      EventSourcingModule.forRoot({ healthController: true, metrics: true, subscriptions: { circuitBreaker: false } }),
      EventSourcingModule.forFeature({ events: [NoteWritten], projections: [Notes] }),
      NotesModule,
    ];
    app = await NestFactory.create({ module: class App {}, imports }, { logger: logging.logger, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(async () => {
    await database.drop();
  });

  const write = (id: string, fault: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}/notes/${id}?key=${SECRET}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${SECRET}`, ...headers },
      body: JSON.stringify({ text: SECRET, fault }),
    });
  const saying = (msg: string, correlationId: string) =>
    eventually(
      () => lines.all().find((line) => line.msg === msg && line.correlationId === correlationId),
      (line) => line !== undefined,
    );

  it('has the correlation id of the request in every line down to the handler', async () => {
    const answer = await write('1', 'none', { 'x-correlation-id': 'c-1', 'x-request-id': 'r-1' });
    expect(answer.status).toBe(201);
    const asked = await saying('a note is asked for', 'c-1');
    expect(asked).toMatchObject({ level: 'info', service: 'notes', context: 'NotesController' });
    expect(asked).toMatchObject({ requestId: 'r-1', causationId: 'r-1' });
    const handled = await saying('a note is handled', 'c-1');
    expect(handled).toMatchObject({ context: 'Notes', subscription: 'notes', partition: 0, streamId: 'note-1' });
    expect([handled?.eventId, typeof handled?.eventId]).toEqual([handled?.causationId, 'string']);
    const ended = await saying('POST /notes/1 201', 'c-1');
    expect(ended).toMatchObject({
      requestId: 'r-1',
      req: { method: 'POST', path: '/notes/1' },
      res: { statusCode: 201 },
    });
    expect(ended?.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('gives a request an id where it has none, and the events the same one', async () => {
    const correlationId = (await write('2', 'none')).headers.get('x-correlation-id') ?? '';
    const asked = await saying('a note is asked for', correlationId);
    expect(asked?.requestId).toBe(correlationId);
    expect(await saying('a note is handled', correlationId)).toMatchObject({ streamId: 'note-2' });
  });

  it.each([
    ['duplicate', '23505'],
    ['missing', '23502'],
    ['malformed', '22P02'],
  ])('tells of an event that fails (%s) in one line, with fields and without a value', async (fault, code) => {
    await write(fault, fault, { 'x-correlation-id': `c-${fault}` });
    const of = () => lines.all().filter((line) => line.streamId === `note-${fault}` && line.level === 'error');
    await eventually(of, (found) => found.length > 0);
    const { letters } = await eventually(
      () => app.get(DeadLetterQueue).list({ streamId: `note-${fault}` }),
      ({ letters }) => letters.length === 1,
    );
    const [letter] = letters;
    expect(of()).toHaveLength(1);
    expect(of()[0]).toMatchObject({
      fact: 'subscription.failed',
      context: 'Tidemark',
      subscription: 'notes',
      partition: 0,
      eventId: letter?.eventId,
      eventType: 'note.written',
      position: String(letter?.position),
      correlationId: `c-${fault}`,
      category: 'permanent',
      next: 'park',
      deadLetterId: letter?.id,
      error: { type: 'QueryFailedError', code, stack: expect.stringContaining('    at ') },
    });
    // The letter keeps what PostgreSQL said, for whoever is let at it; the log does not.
    expect(lines.text()).not.toContain(SECRET);
  });

  it('leaves out what errors carry along, also where the app itself writes them', async () => {
    const failure: unknown = await app
      .get(DataSource)
      .query('insert into notes (id, text) values (7, $1), (7, $1)', [SECRET])
      .catch((error: unknown) => error);
    expect(JSON.stringify(failure)).toContain(SECRET);
    const logger = new Logger('Own');
    logger.error({ err: failure }, 'by hand');
    logger.error(failure, 'as a message');
    logger.error({ error: failure, password: SECRET, card: SECRET, user: { token: SECRET } });
    const own = lines.all().filter(({ context }) => context === 'Own' || context === 'by hand');
    expect(own.length).toBeGreaterThanOrEqual(2);
    expect(lines.all().at(-1)).toMatchObject({ password: '***', card: '***', user: { token: '***' } });
    expect(lines.text()).not.toContain(SECRET);
  });

  it('tells of a request that fails in one line, beside the one of what was thrown, without credentials', async () => {
    const answer = await fetch(`${url}/notes/broken`, { headers: { 'x-correlation-id': 'c-broken' } });
    expect(answer.status).toBe(500);
    const told = await eventually(
      () => lines.all().filter((line) => line.correlationId === 'c-broken' && line.level === 'error'),
      (found) => found.length >= 2,
    );
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ err: { message: 'no way to postgres://***@db.example/notes' } });
    expect(told[1]).toMatchObject({ msg: 'GET /notes/broken 500', res: { statusCode: 500 } });
    expect(told[1]?.err).toBeUndefined();
    expect(lines.text()).not.toContain(SECRET);
  });

  it('says nothing of probes and scrapes', async () => {
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics']) await fetch(`${url}${path}`);
    await fetch(`${url}/healthy`);
    await eventually(() => lines.all().some(({ msg }) => msg === 'GET /healthy 404'));
    expect(lines.all().filter(({ msg }) => /(GET \/health[ /]|GET \/metrics)/.test(String(msg)))).toEqual([]);
  });

  // The last one: it ends the app.
  it('goes on until all partitions are given back', async () => {
    await app.close();
    const facts = lines.all().flatMap(({ fact }) => (fact === undefined ? [] : [fact]));
    expect(facts.slice(-3)).toEqual(['shutdown.begun', 'partition.released', 'shutdown.completed']);
    const released = lines.all().find(({ fact }) => fact === 'partition.released');
    expect(released).toMatchObject({ subscription: 'notes', partition: 0, epoch: '1' });
    expect(lines.all().at(-1)).toMatchObject({ phase: 'stopped', checkpointsSaved: expect.any(Number) });
  });
});
