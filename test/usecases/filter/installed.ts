import { spawnSync } from 'node:child_process';

/** Whether a program is there. Its tests are skipped with a loud line where it is not, but must run under CI. */
export function isInstalled(program: string): boolean {
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined) return true;
  if (process.env.CI) throw new Error(`${program} is not installed, which these tests need`);
  console.warn(`${program} is not installed: what needs it is skipped`);
  return false;
}
