/** What came back, with the body parsed; `undefined` where it was empty. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Receipt {
  readonly id: string;
  readonly version: number;
}

export interface OrderBody {
  readonly id: string;
  readonly version: number;
  readonly customerId: string;
  readonly status: 'placed' | 'shipped' | 'cancelled';
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[];
  readonly total: number;
  readonly trackingNumber: string | null;
  readonly cancelReason: string | null;
  readonly placedAt: string;
  readonly updatedAt: string;
}

export interface OrderPageBody {
  readonly items: readonly OrderBody[];
  readonly nextCursor: string | null;
}

export interface HistoryBody {
  readonly id: string;
  readonly version: number;
  readonly events: readonly {
    readonly type: string;
    readonly version: number;
    readonly position: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly correlationId: string | null;
    readonly causationId: string | null;
  }[];
}

export interface ErrorBody {
  readonly statusCode: number;
  readonly error: string;
  readonly message: string | readonly string[];
  readonly code?: string;
  readonly actualVersion?: number;
}

type SentHeaders = Readonly<Record<string, string>>;

/** Speaks to the orders app over HTTP. The type of a body is what the caller says it is. */
export class OrdersClient {
  constructor(private readonly url: string) {}

  get<Body>(path: string, headers: SentHeaders = {}): Promise<Answer<Body>> {
    return this.send('GET', path, undefined, headers);
  }

  post<Body = Receipt>(path: string, body: unknown, headers: SentHeaders = {}): Promise<Answer<Body>> {
    return this.send('POST', path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  async send<Body>(
    method: string,
    path: string,
    body: string | undefined,
    headers: SentHeaders,
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, { method, headers, body });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  /** Places an order of one item, unless told otherwise. */
  place(order: object = {}, headers: SentHeaders = {}): Promise<Answer<Receipt>> {
    const items = [{ sku: 'tea', quantity: 1, unitPrice: 4.5 }];
    return this.post('/orders', { customerId: 'ada', items, ...order }, headers);
  }

  ship<Body = Receipt>(id: string, headers: SentHeaders = {}): Promise<Answer<Body>> {
    return this.post(`/orders/${id}/ship`, { trackingNumber: '1Z999' }, headers);
  }

  cancel<Body = Receipt>(id: string, headers: SentHeaders = {}): Promise<Answer<Body>> {
    return this.post(`/orders/${id}/cancel`, { reason: 'changed my mind' }, headers);
  }

  history<Body = HistoryBody>(id: string): Promise<Answer<Body>> {
    return this.get(`/orders/${id}/history`);
  }

  /** All orders that the query lists, page by page. */
  async list(query: string, headers: SentHeaders = {}): Promise<OrderBody[]> {
    const orders: OrderBody[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { status, body } = await this.get<OrderPageBody>(`/orders?${query}${from}`, headers);
      if (status !== 200) throw new Error(`GET /orders?${query}${from} answered ${status}: ${JSON.stringify(body)}`);
      orders.push(...body.items);
      cursor = body.nextCursor;
    }
    return orders;
  }
}

/** The header that makes a read see what `write` did. */
export function seeing(write: Answer<unknown>): SentHeaders {
  const position = write.headers.get('x-tidemark-position');
  if (position === null) throw new Error(`no position in an answer with status ${write.status}`);
  return { 'x-tidemark-position': position };
}
