import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OrdersUnderTest, startOrdersOn } from '../support/orders-app.js';
import {
  type ErrorBody,
  type HistoryBody,
  type OrderBody,
  type OrderPageBody,
  type OrdersClient,
  seeing,
} from '../support/orders-client.js';

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const ITEM = { sku: 'a', quantity: 2, unitPrice: 9.5 };

describe.each(['postgres', 'memory'] as const)('reads from the orders app on %s', (kind) => {
  let app: OrdersUnderTest;
  let orders: OrdersClient;

  beforeAll(async () => {
    app = await startOrdersOn(kind);
    orders = app.orders;
  });

  afterAll(() => app.close());

  describe('GET /orders/:id', () => {
    it('shows the order as it was written, the total exact to the cent', async () => {
      const items = [ITEM, { sku: 'b', quantity: 3, unitPrice: 0.1 }, { sku: 'c', quantity: 7, unitPrice: 19.99 }];
      const placed = await orders.place({ customerId: ' ada ', items });
      const { status, headers, body } = await orders.get<OrderBody>(`/orders/${placed.body.id}`, seeing(placed));
      expect(status).toBe(200);
      expect(headers.get('etag')).toBe('"1"');
      expect(body).toEqual({
        id: placed.body.id,
        version: 1,
        customerId: 'ada',
        status: 'placed',
        items,
        total: 159.23,
        trackingNumber: null,
        cancelReason: null,
        placedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
        updatedAt: body.placedAt,
      });
    });

    it('shows what became of it', async () => {
      const [shipped, cancelled] = [(await orders.place()).body.id, (await orders.place()).body.id];
      const [ship, cancel] = [await orders.ship(shipped), await orders.cancel(cancelled)];
      const afterShip = await orders.get<OrderBody>(`/orders/${shipped}`, seeing(ship));
      expect(afterShip.body).toMatchObject({ status: 'shipped', trackingNumber: '1Z999', version: 2 });
      expect(afterShip.headers.get('etag')).toBe('"2"');
      const afterCancel = await orders.get<OrderBody>(`/orders/${cancelled}`, seeing(cancel));
      expect(afterCancel.body).toMatchObject({ status: 'cancelled', cancelReason: 'changed my mind', version: 2 });
    });

    it('answers 304 to one who has this version', async () => {
      const placed = await orders.place();
      // Without a cache-control of its own, fetch asks for a fresh answer.
      const conditional = { 'if-none-match': placed.headers.get('etag')!, 'cache-control': 'max-age=0' };
      const headers = { ...seeing(placed), ...conditional };
      expect(await orders.get(`/orders/${placed.body.id}`, headers)).toMatchObject({ status: 304, body: '' });
    });

    it('takes the id in upper case too', async () => {
      const placed = await orders.place();
      const { status, body } = await orders.get<OrderBody>(`/orders/${placed.body.id.toUpperCase()}`, seeing(placed));
      expect([status, body.id]).toEqual([200, placed.body.id]);
    });
  });

  describe('GET /orders/:id/history', () => {
    it('shows every event with the correlation id of its request', async () => {
      const placed = await orders.place(
        { items: [ITEM] },
        { 'x-correlation-id': 'checkout-7', 'x-request-id': 'request-1' },
      );
      expect(placed.headers.get('x-correlation-id')).toBe('checkout-7');
      const shipped = await orders.ship(placed.body.id);
      const made = shipped.headers.get('x-correlation-id');
      expect(made).toMatch(UUID_V7);
      const { status, body } = await orders.history<HistoryBody>(placed.body.id);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        id: placed.body.id,
        version: 2,
        events: [
          {
            type: 'order.placed',
            version: 1,
            position: seeing(placed)['x-tidemark-position'],
            data: {
              customerId: 'ada',
              items: [{ sku: 'a', quantity: 2, unitPriceCents: 950 }],
              totalCents: 1_900,
            },
            correlationId: 'checkout-7',
            causationId: 'request-1',
          },
          {
            type: 'order.shipped',
            version: 2,
            position: seeing(shipped)['x-tidemark-position'],
            data: { trackingNumber: '1Z999' },
            correlationId: made,
          },
        ],
      });
    });

    it('keeps the correlation ids of parallel requests apart', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `parallel-${index}`);
      const placed = await Promise.all(names.map((name) => orders.place({}, { 'x-correlation-id': name })));
      const histories = await Promise.all(placed.map(({ body }) => orders.history(body.id)));
      expect(histories.map(({ body }) => body.events.map(({ correlationId }) => correlationId))).toEqual(
        names.map((name) => [name]),
      );
    });
  });

  describe('reading your own writes', () => {
    it('sees each write at once that it names', async () => {
      for (let round = 0; round < 20; round++) {
        const placed = await orders.place();
        expect((await orders.get(`/orders/${placed.body.id}`, seeing(placed))).status).toBe(200);
        const shipped = await orders.ship(placed.body.id);
        const { body } = await orders.get<OrderPageBody>('/orders?limit=1', seeing(shipped));
        expect(body.items[0]).toMatchObject({ id: placed.body.id, status: 'shipped' });
      }
    });

    it('waits for a write that is still to come', async () => {
      const last = BigInt(seeing(await orders.place())['x-tidemark-position']!);
      const reading = orders.list('limit=100&customerId=late', { 'x-tidemark-position': String(last + 1n) });
      const late = await orders.place({ customerId: 'late' });
      expect((await reading).map(({ id }) => id)).toEqual([late.body.id]);
    });

    it.each(['soon', '-1', '1.5', '9223372036854775808'])('answers 400 to the position %s', async (position) => {
      const refused = await orders.get<ErrorBody>('/orders', { 'x-tidemark-position': position });
      expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining('x-tidemark-position') } });
    });
  });

  describe('GET /orders', () => {
    it('lists by customer and by status, newest first', async () => {
      const placed = [];
      for (let count = 0; count < 4; count++) placed.push((await orders.place({ customerId: 'lister' })).body.id);
      await orders.ship(placed[0]!);
      const last = seeing(await orders.cancel(placed[2]!));
      const idsOf = async (query: string) => (await orders.list(query, last)).map(({ id }) => id);
      expect(await idsOf('customerId=lister')).toEqual([...placed].reverse());
      expect(await idsOf('customerId=lister&status=placed')).toEqual([placed[3], placed[1]]);
      expect(await idsOf('customerId=lister&status=shipped')).toEqual([placed[0]]);
      expect((await orders.list('status=cancelled', last)).every(({ status }) => status === 'cancelled')).toBe(true);
      expect(await idsOf('customerId=nobody')).toEqual([]);
    });

    it('gives 20 orders unless it is told otherwise', async () => {
      await Promise.all(Array.from({ length: 24 }, () => orders.place({ customerId: 'many' })));
      const last = seeing(await orders.place({ customerId: 'many' }));
      const page = await orders.get<OrderPageBody>('/orders?customerId=many', last);
      expect(page.body.items).toHaveLength(20);
      expect(page.body.nextCursor).toMatch(/^[\w-]+$/);
      const whole = await orders.get<OrderPageBody>('/orders?customerId=many&limit=25', last);
      expect(whole.body.items).toHaveLength(25);
      expect(whole.body.nextCursor).toBeNull();
    });

    it('pages without gap or repetition while orders come in', async () => {
      const place = async (): Promise<string> => (await orders.place({ customerId: 'pager' })).body.id;
      const before = await Promise.all(Array.from({ length: 30 }, place));
      const last = seeing(await orders.place({ customerId: 'pager' }));
      const seen: OrderBody[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = `customerId=pager&limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`;
        const page = await orders.get<OrderPageBody>(`/orders?${query}`, last);
        seen.push(...page.body.items);
        cursor = page.body.nextCursor;
        await orders.get('/orders', seeing(await orders.place({ customerId: 'pager' })));
      }
      const ids = seen.map(({ id }) => id);
      expect(ids).toHaveLength(31);
      expect(new Set(ids).size).toBe(31);
      expect(ids).toEqual(expect.arrayContaining(before));
      const keys = seen.map(({ placedAt, id }) => `${placedAt} ${id}`);
      expect(keys).toEqual([...keys].sort().reverse());
    });

    it.each([
      ['limit=0', 'limit: '],
      ['limit=101', 'limit: '],
      ['limit=two', 'limit: '],
      ['limit=1.5', 'limit: '],
      ['status=lost', 'status: '],
      ['status=placed&status=shipped', 'status: '],
      ['customerId=', 'customerId: '],
      ['cursor=abc', 'cursor: '],
      ['customer=ada', '"customer"'],
    ])('answers 400 to ?%s, naming the parameter', async (query, field) => {
      const refused = await orders.get<ErrorBody>(`/orders?${query}`);
      expect(refused).toMatchObject({ status: 400, body: { message: [expect.stringContaining(field)] } });
    });
  });
});
