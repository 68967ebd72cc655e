import { basename, dirname, relative } from 'node:path';
import { streamText } from '../../adapters/parquet/data-set-folder.js';
import type { PlannedFile, StreamMode } from './plan-types.js';

/** A capture file with the folder that its stream's name counts from. */
export interface StreamCandidate {
  readonly root: string;
  readonly file: PlannedFile;
}

/** Files that were found to be one stream. */
export interface FoundStream {
  readonly name: string;
  readonly reason: string;
  readonly files: readonly PlannedFile[];
}

/** Seconds by which the stamps of a file may reach into the next one's. */
const TOLERANCE = 1;

/** Endings of packed captures, and of captures. tcpdump -C puts its numbers behind them. */
const PACKED = /\.(gz|zst|zstd|lz4)$/i;
const ENDING = /\.(pcapng|pcap|cap|ntar|dmp|snoop|trc)(\d*)$/i;
/** Numbers, dates and times at the end of a name, or at its begin: what rotation adds. */
const DIGITS_BEHIND = /(?:[-_.:+ T]+\d+)+Z?$/;
const DIGITS_JOINED = /\d+$/;
const DIGITS_BEFORE = /^(?:\d+[-_.:+ T]+)+/;

/**
 * Which files belong together. `auto`: files of one folder and name pattern and of one link type, whose time stamps
 * follow each other. `each`: every file alone. `one`: all together. Streams by name, files by time.
 */
export function streamsOf(candidates: readonly StreamCandidate[], mode: StreamMode): FoundStream[] {
  const files = [...candidates].sort((a, b) => (a.file.path < b.file.path ? -1 : 1));
  if (files.length === 0) return [];
  if (mode === 'one') {
    const name = streamText(patternOf(basename(files[0]!.file.path)));
    return [{ name, reason: 'all files, as --streams one asks', files: byTime(files) }];
  }
  if (mode === 'each') return named(files.map((one) => alone(one, 'one file, as --streams each asks')));
  const groups = new Map<string, StreamCandidate[]>();
  for (const one of files) {
    const key = [dirname(one.file.path), patternOf(basename(one.file.path))].join('\0');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return named([...groups.values()].flatMap(streamsOfGroup));
}

/** A stream whose name is not compared with the others' yet. */
interface Unnamed extends Omit<FoundStream, 'name'> {
  readonly wanted: string;
}

function streamsOfGroup(group: readonly StreamCandidate[]): Unnamed[] {
  const [first] = group;
  if (group.length === 1) return hasJoinedNumber(first!) ? [alone(first!, 'one file')] : [together(group, 'one file')];
  if (group.every(hasJoinedNumber) && !group.some(beginsRing)) {
    return group.map((one) => alone(one, 'alike in name, but no ring: its numbers begin neither with 0 nor with 1'));
  }
  const linkTypes = new Set(group.flatMap(({ file }) => (file.link_type === null ? [] : [file.link_type])));
  if (linkTypes.size > 1) return group.map((one) => alone(one, 'alike in name, but of several link types'));
  const files = byTime(group);
  const overlap = files.findIndex((file, i) => i > 0 && overlaps(files[i - 1]!, file));
  if (overlap < 0) return [together(group, 'alike in folder, name and link type, one after the other')];
  const [a, b] = [files[overlap - 1]!, files[overlap]!].map(({ path }) => basename(path));
  return group.map((one) => alone(one, `alike in name, but ${a} and ${b} overlap in time`));
}

/** Whether the name has digits right behind a letter, as in "trace1": a ring's, or a part of the name. */
function hasJoinedNumber({ file }: StreamCandidate): boolean {
  const stem = basename(file.path).replace(PACKED, '').replace(ENDING, '');
  return !DIGITS_BEHIND.test(stem) && !DIGITS_BEFORE.test(stem) && DIGITS_JOINED.test(stem);
}

function beginsRing({ file }: StreamCandidate): boolean {
  const stem = basename(file.path).replace(PACKED, '').replace(ENDING, '');
  return Number(DIGITS_JOINED.exec(stem)![0]) <= 1;
}

function overlaps(before: PlannedFile, after: PlannedFile): boolean {
  if (before.first_seen === null || after.first_seen === null) return false;
  // A file without a known end overlaps only one that begins at the same moment.
  const end = before.last_seen ?? before.first_seen - TOLERANCE;
  return end > after.first_seen + TOLERANCE || before.first_seen === after.first_seen;
}

function together(group: readonly StreamCandidate[], reason: string): Unnamed {
  const { root, file } = group[0]!;
  return { wanted: nameOf(root, file.path, patternOf(basename(file.path))), reason, files: byTime(group) };
}

function alone({ root, file }: StreamCandidate, reason: string): Unnamed {
  const stem = basename(file.path).replace(PACKED, '').replace(ENDING, '$2');
  return { wanted: nameOf(root, file.path, stem), reason, files: [file] };
}

function nameOf(root: string, path: string, stem: string): string {
  return streamText([relative(root, dirname(path)), stem].filter((part) => part !== '').join('/'));
}

/** Gives each stream a name of its own. */
function named(streams: readonly Unnamed[]): FoundStream[] {
  const taken = new Set<string>();
  const found = streams.map(({ wanted, reason, files }) => {
    let name = wanted;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wanted}-${n}`;
    // Some file systems do not tell capitals apart.
    taken.add(name.toLowerCase());
    return { name, reason, files };
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Files without packets first: an empty file of a ring tells nothing. */
function byTime(group: readonly StreamCandidate[]): PlannedFile[] {
  return group
    .map(({ file }) => file)
    .sort((a, b) => (a.first_seen ?? 0) - (b.first_seen ?? 0) || (a.path < b.path ? -1 : 1));
}

/**
 * A file's name without what rotation adds: that of `eth0_00001_20261130210841.pcapng`, `eth0.pcap3` and
 * `2026-11-30_eth0.pcap.gz` is `eth0`.
 */
export function patternOf(name: string): string {
  const stem = name.replace(PACKED, '').replace(ENDING, '');
  for (const digits of [DIGITS_BEHIND, DIGITS_BEFORE, DIGITS_JOINED]) {
    const rest = stem.replace(digits, '');
    if (rest !== stem && rest !== '') {
      // "eth0" is a name, and so is "eth0.pcap3": the digits behind the ending are the rotation's.
      if (digits === DIGITS_JOINED && INTERFACE.test(stem)) continue;
      return rest;
    }
  }
  return stem === '' ? name : stem;
}

/** Names of interfaces end with a digit of their own. */
const INTERFACE =
  /^(eth|en|eno|ens|enp|wlan|wl|wlp|lo|br|bond|tun|tap|veth|ppp|vlan|virbr|docker|any|igb|ix|em|ge-|xe-)[\da-z.]*\d$/i;
