// The name under which somebody at this browser follows calls up, kept for
// each clinic by itself: another one's dashboard never proposes it.
import * as memory from './memory.js';
import { session } from './session.js';

const key = () => `who.${session.get()?.key ?? ''}`;

export const remembered = () => memory.recall(key()) ?? '';
export const remember = (name) => memory.remember(key(), name || null);
