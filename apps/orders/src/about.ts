/** What the app is called: `name` in logs, traces and pg_stat_activity, the rest in the description of its API. */
export const ABOUT = {
  name: 'orders',
  title: 'Orders',
  description: 'An event-sourced order service. Writes go to event streams, reads come from a projection of them.',
  version: '0.1.0',
} as const;
