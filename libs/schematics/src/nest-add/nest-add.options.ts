/** Options of `nest add @tidemark/event-sourcing`. */
export interface NestAddOptions {
  /** Folder with `app.module.ts` and `main.ts`. @default 'src' */
  readonly sourceRoot?: string;
  /** `url`: the app wants a DATABASE_URL. `embedded`: without one it starts a PostgreSQL of its own. @default 'url' */
  readonly database?: 'url' | 'embedded';
  /** Whether nothing is installed. @default false */
  readonly skipInstall?: boolean;
}
