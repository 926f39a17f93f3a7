import { describe, it } from 'node:test';
import { kitScenarios } from './kit-scenarios.mjs';

kitScenarios({ describe, it });
