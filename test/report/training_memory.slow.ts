/** Runs training_memory.test.ts on more graphs. */
import './training_memory.test.ts';
