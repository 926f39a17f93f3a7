import { type DeadLetter, type DeadLetterStore, eventFailureOf } from '../../dead-letter-queue/index.js';

/** A kind of dead letter store that the contract is run on. */
export interface DeadLetterStoreBackend {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** A store without any letters; `cleanup` is called when the test has ended. */
  create(): Promise<{ readonly store: DeadLetterStore; cleanup(): Promise<void> }>;
}

/** What a parked event failed with, where nothing else is said. */
export const THE_ERROR = eventFailureOf(new RangeError('out of stock'));

/** An event at a position, as it is handed to `park`; its id belongs to the position. */
export function eventAt(streamId: string, version: number, change: object = {}) {
  const id = `00000000-0000-7000-8000-${String(version).padStart(12, '0')}`;
  return { id, position: BigInt(version), streamId, version, type: 'sent', tenantId: undefined, ...change };
}

/** What a test of the contract works with; the subscription is `sub` where nothing else is said. */
export function scenarioOf(store: DeadLetterStore) {
  const fail = async (streamId: string, position: number, change: object = {}): Promise<DeadLetter> => {
    const event = eventAt(streamId, position, change);
    return (await store.park({ subscription: 'sub', partition: 0, event, failures: [THE_ERROR], ...change })).letter;
  };
  return {
    store,
    fail,
    /** Parks events by notes like `a1! a2`: stream `parcel-a`, positions 1, which failed, and 2, which only queues. */
    park: async (notes: string) => {
      const letters: DeadLetter[] = [];
      for (const note of notes.split(' ')) {
        const change = note.endsWith('!') ? {} : { failures: [] };
        letters.push(await fail(`parcel-${note.charAt(0)}`, parseInt(note.slice(1)), change));
      }
      return letters;
    },
    /** `<position>:<state>` of all letters, in position order. */
    states: async () => {
      const letters = [...(await store.list({}, undefined, 100)).letters];
      const inOrder = letters.sort((a, b) => Number(a.position - b.position));
      return inOrder.map(({ position, state }) => `${position}:${state}`).join(' ');
    },
    next: async (limit = 100) => positionsOf(await store.nextRedriving('sub', { index: 0, count: 1 }, limit)),
  };
}

/** The positions of letters, in their order. */
export function positionsOf(letters: readonly DeadLetter[]): string {
  return letters.map(({ position }) => position).join(' ');
}

/** Declares a test of the contract. */
export type DeadLetterTest = (name: string, work: (scenario: ReturnType<typeof scenarioOf>) => Promise<void>) => void;
