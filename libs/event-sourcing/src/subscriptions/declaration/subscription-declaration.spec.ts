import { describe, expect, it } from '@jest/globals';
import { declared, problemsOfDeclaration, startFromField, versionField } from './subscription-declaration.js';

const OWN = { version: versionField, startFrom: startFromField };

function problemsOf(given: object): readonly string[] {
  return problemsOfDeclaration(given as never, 'Mails', OWN);
}

describe('a declaration', () => {
  it.each<[string, object]>([
    ['a name alone', {}],
    ['a name with dots, dashes and underscores', { name: 'Order_mails.v2-b' }],
    ['as many partitions as there can be', { partitions: 1_024 }],
    ['a share of the feed', { categories: ['order', 'parcel'], tenantId: 'acme' }],
    ['a position to begin behind', { startFrom: 0n }],
    ['a checkpoint to begin at', { startFrom: 'checkpoint', version: 7 }],
    [
      'tuning of every kind',
      {
        batchSize: 1,
        maxInFlight: 1,
        checkpointStrategy: 'periodic',
        checkpointIntervalMs: 1,
        processingTimeoutMs: 1,
        maxRetries: 0,
        continueOnError: false,
      },
    ],
  ])('is sound with %s', (_, given) => {
    expect(problemsOf({ name: 'mails', ...given })).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['no name', { name: undefined }, /^the name of Mails: /],
    ['a name with a space', { name: 'a b' }, /^the name of Mails: must have 1 to 100 letters/],
    ['a name that is too long', { name: 'a'.repeat(101) }, /^the name of Mails: must have 1 to 100 letters/],
    ['a key that there is not', { batchsize: 10 }, /^the declaration of Mails: .*"batchsize"/],
    ['an option of the app only', { leaseTtlMs: 500 }, /^the declaration of Mails: .*"leaseTtlMs"/],
    ['no partition', { partitions: 0 }, /^the partitions of Mails: /],
    ['too many partitions', { partitions: 1_025 }, /^the partitions of Mails: /],
    ['a broken number of partitions', { partitions: 1.5 }, /^the partitions of Mails: /],
    ['no category', { categories: [] }, /^the categories of Mails: /],
    ['a category without a name', { categories: ['order', ''] }, /^the categories.1 of Mails: /],
    ['a tenant without a name', { tenantId: '' }, /^the tenantId of Mails: /],
    ['batches of nothing', { batchSize: 0 }, /^the batchSize of Mails: /],
    ['batches that are too large', { batchSize: 10_001 }, /^the batchSize of Mails: /],
    ['nothing in flight', { maxInFlight: 0 }, /^the maxInFlight of Mails: /],
    ['a strategy that there is not', { checkpointStrategy: 'often' }, /^the checkpointStrategy of Mails: /],
    ['no time between checkpoints', { checkpointIntervalMs: 0 }, /^the checkpointIntervalMs of Mails: /],
    ['no time to process', { processingTimeoutMs: 0 }, /^the processingTimeoutMs of Mails: /],
    ['fewer retries than none', { maxRetries: -1 }, /^the maxRetries of Mails: /],
    ['a word for yes or no', { continueOnError: 'park' }, /^the continueOnError of Mails: /],
    ['a place to begin that there is not', { startFrom: 'middle' }, /^the startFrom of Mails: must be 'beginning'/],
    ['a position that is no bigint', { startFrom: 5 }, /^the startFrom of Mails: must be 'beginning'/],
    ['a position before the first', { startFrom: -1n }, /^the startFrom of Mails: /],
    ['a version before the first', { version: 0 }, /^the version of Mails: /],
  ])('is refused for %s', (_, given, problem) => {
    expect(problemsOf({ name: 'mails', ...given })).toEqual([expect.stringMatching(problem)]);
  });

  it('is refused for everything that is wrong at once', () => {
    const problems = problemsOf({ name: '', partitions: 0, batchSize: 0, startFrom: 'x', categories: [], odd: 1 });
    const fields = problems.map((problem) => /^the ([\w.]+) of Mails: .+\.$/.exec(problem)?.[1]);
    expect(fields.sort()).toEqual(['batchSize', 'categories', 'declaration', 'name', 'partitions', 'startFrom']);
  });

  it('is refused where it is given nothing', () => {
    expect(problemsOfDeclaration({} as never, 'Mails', OWN)).toEqual([expect.stringMatching(/^the name of Mails/)]);
  });
});

describe('declared', () => {
  it('takes the tuning that is said, and no more, apart from the rest', () => {
    const given = { name: 'mails', batchSize: 7, maxRetries: undefined, categories: ['order'], tenantId: 'acme' };
    expect(declared(given as never)).toEqual({
      name: 'mails',
      partitions: 1,
      categories: ['order'],
      tenantId: 'acme',
      tuning: { batchSize: 7 },
    });
    // What is left out must not hide the app's options when the two are put together.
    expect(Object.keys(declared(given as never).tuning ?? {})).toEqual(['batchSize']);
  });
});
