/** What a command did to an order. */
export interface OrderReceipt {
  readonly id: string;
  /** Version of the order after the command. */
  readonly version: number;
  /** Global position of its last event: a read model that has come this far knows of the command. */
  readonly position: bigint | undefined;
}
