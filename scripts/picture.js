/** `npm run picture`: installs, builds, runs npm start, and draws what it printed into docs/npm-start.svg. */
import { prepare, say } from './toolchain.js';

prepare();
const { makePicture } = await import('../dist/harness/picture/main.js');
say(`wrote ${makePicture()}`);
