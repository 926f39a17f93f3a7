import { it } from 'node:test';
import { failingScenario } from './kit-scenarios.mjs';

failingScenario({ it });
