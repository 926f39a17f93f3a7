/** What `nest generate` tells every generator. */
export interface GeneratorOptions {
  /** The name, behind the folder of the feature where there is one: `orders/order-placed`. */
  readonly name: string;
  /** A folder in front of the name. @default none */
  readonly path?: string;
  /** Folder with the sources of the app. @default 'src' */
  readonly sourceRoot?: string;
  /** Whether a spec is made. @default true */
  readonly spec?: boolean;
  /** What the name of a spec ends with. @default 'spec' */
  readonly specFileSuffix?: string;
  /** Whether no module is changed. @default false */
  readonly skipImport?: boolean;
}
