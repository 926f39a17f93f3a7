import { RuleError } from '../../domain/rule.error.js';

/** Rules of the domain that a command can break. */
export type OrderRule =
  | 'ORDER_WITHOUT_ITEMS'
  | 'ORDER_ALREADY_PLACED'
  | 'ORDER_NOT_PLACED'
  | 'ORDER_ALREADY_SHIPPED'
  | 'ORDER_ALREADY_CANCELLED';

/** The order does not allow this now; nothing has changed. */
export class OrderRuleError extends RuleError {
  override readonly name = 'OrderRuleError';

  constructor(
    readonly code: OrderRule,
    message: string,
  ) {
    super(message);
  }
}
