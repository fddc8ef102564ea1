/**
 * `npm start`: installs, builds, runs every scenario on the simulator, and ends with the flagship's timeline, its chain of
 * causes, and where the report lies. Arguments after `--` go to `windtunnel run`.
 */
import { prepare, say, windtunnel } from './toolchain.js';

const FLAGSHIP = 'externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs]';

prepare();
const code = windtunnel(['run', 'scenarios', '--tags', '!canary', ...process.argv.slice(2)]);
if (code === 0 || code === 1) {
  say('');
  windtunnel(['explain', 'reports/latest', FLAGSHIP, '--only', 'timeline', '--only', 'cause']);
}
process.exitCode = code;
