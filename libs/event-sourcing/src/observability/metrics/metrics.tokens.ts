/** Injection token of the registry of prom-client that holds the app's metrics. */
export const METRICS_REGISTRY = Symbol('tidemark.metrics-registry');

/** Injection token of the room's resolved metrics options. */
export const METRICS_OPTIONS = Symbol('tidemark.metrics-options');
