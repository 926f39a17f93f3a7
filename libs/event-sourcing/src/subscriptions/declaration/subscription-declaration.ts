import { z } from 'zod';
import type { SubscriptionDefinition } from '../subscription-definition.js';
import { tuningSchema, type SubscriptionTuning } from '../subscriptions.options.js';

/** What `@Projection` and `@Subscriber` have in common. The tuning goes before the app's options of the same names. */
export interface SubscriptionDeclaration extends SubscriptionTuning {
  /** Unique among all subscriptions; names the checkpoint. 1 to 100 letters, digits, dots, dashes or underscores. */
  readonly name: string;
  /**
   * How many shares its streams are divided into, to be worked on side by side by the living processes. Order holds within a
   * stream. 1 to 1,024. @default 1
   */
  readonly partitions?: number;
  /** Only events of streams of these categories. @default of all */
  readonly categories?: readonly string[];
  /** Only events of this tenant. @default of all */
  readonly tenantId?: string;
}

const commonSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,100}$/, 'must have 1 to 100 letters, digits, dots, dashes or underscores'),
  partitions: z.number().int().min(1).max(1_024).optional(),
  categories: z.array(z.string().min(1)).min(1).optional(),
  tenantId: z.string().min(1).optional(),
  ...tuningSchema.shape,
});

/** The fields that decorators have beside the common ones. */
export const versionField = z.number().int().min(1).max(2_147_483_647).optional();
export const startFromField = z
  .union([z.enum(['beginning', 'end', 'checkpoint']), z.bigint().min(0n)], {
    message: "must be 'beginning', 'end', 'checkpoint' or a position (a bigint from 0n)",
  })
  .optional();

/** What is wrong with what a decorator was given. */
export function problemsOfDeclaration(
  given: SubscriptionDeclaration,
  className: string,
  own: Readonly<Record<string, z.ZodType>>,
): readonly string[] {
  const result = commonSchema.extend(own).safeParse(given);
  const issues = result.success ? [] : result.error.issues;
  return issues.map(({ path, message }) => {
    const field = path.join('.');
    return `the ${field === '' ? 'declaration' : field} of ${className}: ${message}.`;
  });
}

/** The parts of a definition that a sound declaration says. */
export function declared({
  name,
  partitions = 1,
  categories,
  tenantId,
  ...rest
}: SubscriptionDeclaration): Pick<
  SubscriptionDefinition,
  'name' | 'partitions' | 'categories' | 'tenantId' | 'tuning'
> {
  const tuning = Object.fromEntries(
    Object.keys(tuningSchema.shape).flatMap((key) => {
      const value = (rest as Record<string, unknown>)[key];
      return value === undefined ? [] : [[key, value]];
    }),
  ) as SubscriptionTuning;
  return { name, partitions, categories, tenantId, tuning };
}
