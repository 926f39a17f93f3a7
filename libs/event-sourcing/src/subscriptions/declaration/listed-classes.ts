/** The classes that one `forFeature` lists as subscriptions of a kind, for the explorer of that kind to check. */
export class ListedClasses {
  constructor(
    readonly kind: 'projection' | 'subscriber',
    readonly types: readonly { readonly name: string }[],
  ) {}
}
