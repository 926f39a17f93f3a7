import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type AppProcess, expectSuccess, FreshNestApp } from './fresh-nest-app.js';

const LONG = 600_000;
const COLLECTION = '@tidemark/event-sourcing';
const GENERATED = [
  ['aggregate', 'orders/order'],
  ['event', 'orders/order-shipped'],
  ['command', 'orders/create-order'],
  ['projection', 'orders/order-summary'],
  ['subscriber', 'orders/order-mails'],
] as const;

/** The controller of the fresh app, with a way to what was generated. */
const CONTROLLER = `import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AppService } from './app.service.js';
import { CreateOrder } from './orders/commands/create-order.command.js';
import { OrderSummaryStore } from './orders/read-model/order-summary.store.js';

@Controller()
export class AppController {
  constructor(
    private readonly appService: AppService,
    private readonly commands: CommandBus,
    private readonly summaries: OrderSummaryStore,
  ) {}

  @Get()
  getHello(): string {
    return this.appService.getHello();
  }

  @Post('orders/:id')
  async create(@Param('id') id: string, @Body() { title }: { title: string }) {
    const { version } = await this.commands.execute(new CreateOrder(id, title));
    return { version };
  }

  @Get('orders')
  async list() {
    return { orders: await this.summaries.list(10) };
  }
}
`;

const made = await FreshNestApp.make();

if (made instanceof FreshNestApp) {
  const app = made;
  afterAll(() => app.remove());

  const addEventSourcing = async (): Promise<void> => {
    // The short form is for the CLI, which then fetches no library; the schematic installs what it adds.
    expectSuccess('nest add', await app.nest('add', COLLECTION, '-s', '--database=embedded'));
  };

  describe('nest add and nest generate, in a fresh Nest app', () => {
    beforeAll(async () => {
      await addEventSourcing();
      for (const [schematic, name] of GENERATED) {
        const { stdout, stderr } = await app.nest('generate', '-c', COLLECTION, schematic, name);
        // The CLI ends with 0 whatever the schematic says.
        expect({ schematic, stderr, made: stdout.includes('CREATE') }).toEqual({ schematic, stderr: '', made: true });
      }
    }, LONG);

    it(
      'makes what the formatter, the linter and the tests of the app find nothing wrong with',
      async () => {
        expectSuccess('prettier', await app.npm('exec', '--', 'prettier', '--check', 'src', 'test', 'package.json'));
        expectSuccess('npm run lint', await app.npm('run', 'lint'));
        const tested = await app.npm('test');
        expectSuccess('npm test', tested);
        expect(tested.stdout).toMatch(/Test Files .*6 passed/);
      },
      LONG,
    );

    it(
      'changes nothing when it is run once more',
      async () => {
        const before = app.files();
        await addEventSourcing();
        expect(app.files()).toEqual(before);
      },
      LONG,
    );

    it(
      'makes an app that builds, starts, keeps its events, tells of itself and drains',
      async () => {
        app.write('src/app.controller.ts', CONTROLLER);
        expectSuccess('npm run build', await app.npm('run', 'build'));
        await withProcess(async ({ url }) => {
          const created = await fetch(`${url}/orders/7`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ title: 'tea' }),
          });
          expect({ status: created.status, body: await created.json() }).toEqual({ status: 201, body: { version: 1 } });
          const listed = { orders: [{ id: 'order-7', version: 1, lastEvent: 'order.created' }] };
          await eventually(async () => (await bodyOf(`${url}/orders`)).includes('order-7'));
          expect(JSON.parse(await bodyOf(`${url}/orders`))).toMatchObject(listed);
          await eventually(async () =>
            (await bodyOf(`${url}/health`)).includes('"name":"order-summary","state":"live"'),
          );
          expect(await bodyOf(`${url}/metrics`)).toMatch(/^tidemark_events_appended_total\{.*"order\.created".*\} 1$/m);
        });
        await withProcess(async ({ url }) => expect(await bodyOf(`${url}/orders`)).toContain('order-7'));
      },
      LONG,
    );
  });

  /** Runs the app, which must have drained and ended with 0 at the end. */
  const withProcess = async (use: (running: AppProcess) => Promise<void>): Promise<void> => {
    const running = await app.start();
    try {
      await eventually(() => isReady(running));
      await use(running);
      running.signal('SIGTERM');
      expect({ exit: await running.exited, said: running.output() }).toEqual({
        exit: 0,
        said: expect.stringMatching(/Shutdown \(SIGTERM\) stopped/),
      });
    } finally {
      // Not SIGKILL, which would leave the app's PostgreSQL behind.
      running.signal('SIGTERM');
      await running.exited;
    }
  };
} else {
  if (process.env.CI === 'true') throw new Error(`CI leaves nothing out. ${made.unreachable}`);
  console.warn(`nest add was not tested: ${made.unreachable}.`);
  // eslint-disable-next-line no-restricted-syntax -- the one thing that this suite needs is not there, and it says so
  describe.skip(`nest add: left out, ${made.unreachable}`, () => {
    it('sets up a fresh Nest app', () => expect(made).toBeInstanceOf(FreshNestApp));
  });
}

async function isReady({ url, exited, output }: AppProcess): Promise<boolean> {
  const ended = exited.then((end) => Promise.reject(new Error(`the app ended with ${end}:\n${output()}`)));
  const answered = fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
  return Promise.race([answered, ended]);
}

async function bodyOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}
