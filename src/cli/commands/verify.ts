import type { Command } from 'commander';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import { indentedJson, safeText } from '../../render/safe-text.js';
import { GENERATOR } from '../../system/version.js';
import type { VerifyResult } from '../../usecases/evidence/verify.js';
import type { CliContext } from '../context.js';
import { exitCodeOf } from '../exit-codes.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { addAppsOption, addStreamOptions } from '../options.js';
import { StreamOutput } from '../stream-output.js';

interface VerifyFlags {
  source?: string;
  json?: boolean;
  apps?: string[];
}

const GUIDE: Guide = {
  about: `
Reads a proof that 'dpi evidence' wrote, derives the label from its packets again, and compares their SHA-256. With --source it
also compares the capture that the packets come from. An app follows from the table of known apps: a version of dpi with
another table may give another app.`,
  examples: [['dpi verify proof.pcap'], ['dpi verify proof.pcap --source capture.pcap']],
  exitCodes: '0 the proof holds, 1 it does not, 2 wrong usage, or a file that is no proof.',
};

export function configure(command: Command, context: CliContext): void {
  command
    .argument('<proof>', "file that 'dpi evidence' wrote")
    .option('--source <capture>', 'capture that the proof comes from');
  addAppsOption(command);
  addGroup(command, OUTPUT_GROUP, () => command.option('--json', 'print the result as JSON'));
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (proof: string, flags: VerifyFlags) => {
    const { verifyEvidence } = await import('../../usecases/evidence/verify.js');
    const result = await verifyEvidence(proof, { appsFiles: flags.apps, source: flags.source });
    const { isIntact, isDerived, isFromSource, found, statement } = result;
    const holds = isIntact && isDerived && isFromSource !== false;
    const output = new StreamOutput(context.stdout);
    if (flags.json) {
      const json = {
        schema_version: SCHEMA_VERSION,
        generator: GENERATOR,
        proof,
        holds,
        is_intact: isIntact,
        is_derived: isDerived,
        is_from_source: isFromSource,
        found,
        statement,
      };
      output.write(`${indentedJson(json, 2)}\n`);
    } else output.write(`${lines(result, holds).join('\n')}\n`);
    await output.commit();
    process.exitCode = exitCodeOf({ isDamaged: false, findings: holds ? [] : [result] });
  });
}

function lines({ statement, isIntact, isDerived, isFromSource, found }: VerifyResult, holds: boolean): string[] {
  const { claim, source } = statement;
  const name = claim.domain === null ? '' : ` (${safeText(claim.domain)})`;
  const ends = `${claim.src_ip}:${claim.src_port} → ${claim.dst_ip}:${claim.dst_port}`;
  const instead = found === null ? 'no such connection' : safeText(JSON.stringify(found));
  return [
    ` Claim    ${safeText(claim.protocol)} ${safeText(ends)}, ${safeText(claim.label)}${name}`,
    ` Label    ${isDerived ? 'follows from the packets' : `does not follow from the packets: ${instead}`}`,
    ` Packets  ${isIntact ? 'as they were' : 'changed since the statement was made'}`,
    ...(isFromSource === null
      ? []
      : [` Source   ${isFromSource ? 'is' : 'is not'} ${safeText(source.name)} of the statement`]),
    ` ${holds ? 'The proof holds.' : 'The proof does not hold.'}`,
  ];
}
