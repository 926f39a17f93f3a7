// Another process that projects, for the row 'visibility'; started by projector.mjs.
import { once } from 'node:events';
import { upsertProjection } from './projections.mjs';
import { createApplication } from './tidemark.mjs';

const [{ url }] = await once(process, 'message');
const projections = [upsertProjection({ name: 'visible' })];
const app = await createApplication(url, { workers: true, connections: 5, feature: { projections } });
process.send('runs');
// Ends when it is told to, and when who started it is gone.
await Promise.race([once(process, 'message'), once(process, 'disconnect')]);
await app.close();
process.disconnect?.();
