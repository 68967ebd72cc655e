import { describe, expect, it } from 'vitest';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { Prng } from '../../forge/prng.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { reportOf } from './run-packets.js';

const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
const SECOND = 1e6;

/** A datagram of 60 bytes at a time, from one of a few clients. */
function datagram(timeMicros: number, client = 0): ForgedPacket {
  const [packet] = new UdpConversation({
    client: { address: '192.0.2.10', port: 40_000 + client },
    server: { address: '198.51.100.7', port: 4444 },
  }).send('client', Buffer.alloc(18)).packets;
  return { ...packet!, timeMicros };
}

function timelineOf(packets: readonly ForgedPacket[], intervalMicros = 0) {
  const report = reportOf(packets, { facts: { timeline: true, intervalMicros } });
  const { timeline } = report;
  if (timeline === null) throw new Error('no timeline');
  expect(sum(timeline.total.packets)).toBe(report.total_packets);
  expect(sum(timeline.total.bytes)).toBe(report.total_bytes);
  expect(sum(timeline.begun)).toBe(report.total_connections);
  expect(sum(timeline.ended)).toBe(report.total_connections);
  for (const { label, packets: counts, bytes } of timeline.labels) {
    const row = report.labels.find((one) => one.label === label);
    if (label !== 'other') expect([sum(counts), sum(bytes)]).toEqual([row?.packets, row?.bytes]);
  }
  expect(sum(timeline.labels.map(({ bytes }) => sum(bytes)))).toBe(report.total_bytes);
  return { ...timeline, limits: report.limits };
}

describe('timeline', () => {
  it('is null without packets', () => {
    expect(reportOf([], { facts: { timeline: true } }).timeline).toBeNull();
  });

  it('doubles the width of its buckets as the capture grows', () => {
    for (const [seconds, interval] of [
      [0, 1 / 1024],
      [1, 1 / 256],
      [60, 1 / 8],
      [600, 2],
      [86_400, 256],
    ] as const) {
      const packets = [0, 0.25, 0.5, 0.75, 1].map((part) => datagram(FORGE_EPOCH_MICROS + part * seconds * SECOND));
      const timeline = timelineOf(packets);
      expect(timeline.interval).toBe(interval);
      expect(timeline.buckets).toBeLessThanOrEqual(512);
      if (seconds > 0) expect(timeline.buckets).toBeGreaterThan(200);
      expect(timeline.start % interval).toBe(0);
    }
  });

  it('puts packets where their time stamps say', () => {
    const packets = [0, 1, 3, 2, 9].map((second) => datagram(FORGE_EPOCH_MICROS + second * SECOND));
    const { start, interval, total, begun, ended } = timelineOf(packets, SECOND);
    expect([start, interval]).toEqual([FORGE_EPOCH_MICROS / 1e6, 1]);
    expect(total.packets).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 1]);
    expect([begun[0], ended[9]]).toEqual([1, 1]);
  });

  it('keeps to the interval that was asked for, until there are too many buckets', () => {
    const at = (second: number) => datagram(FORGE_EPOCH_MICROS + second * SECOND);
    expect(timelineOf([at(0), at(8191)], SECOND)).toMatchObject({ interval: 1, buckets: 8192, limits: {} });
    expect(timelineOf([at(0), at(8192)], SECOND)).toMatchObject({
      interval: 2,
      limits: { timeline_interval_doubled: 1 },
    });
  });

  it('counts a stray stamp near its neighbours', () => {
    const packets = Array.from({ length: 40 }, (_, n) => datagram(FORGE_EPOCH_MICROS + n * SECOND));
    packets[20] = datagram(FORGE_EPOCH_MICROS + 5e8 * SECOND);
    packets[30] = datagram(0);
    const { interval, total } = timelineOf(packets);
    expect(interval).toBe(1 / 8);
    expect(Math.max(...total.packets)).toBeLessThanOrEqual(3);
  });

  it('counts a stray stamp alike however the capture arrives', () => {
    const interval = 128 * SECOND;
    // Times from 500 ms before to 500 ms behind the beginning of the second bucket.
    const steps = Array.from({ length: 100 }, (_, n) => datagram(FORGE_EPOCH_MICROS + interval + (n - 50) * 10_000));
    const [ahead, inTime] = [100, 0.4].map((second) => datagram(FORGE_EPOCH_MICROS + interval + second * SECOND, 1));
    const packets = [...steps.slice(0, 20), ahead!, ...steps.slice(20, 90), inTime!, ...steps.slice(90)];
    const timelines = [Number.POSITIVE_INFINITY, 100, 1000].map(
      (pieceLen) => reportOf(packets, { facts: { timeline: true, intervalMicros: interval } }, {}, pieceLen).timeline,
    );
    expect(timelines[0]?.total.packets).toEqual([51, 51]);
    expect(timelines[1]).toEqual(timelines[0]);
    expect(timelines[2]).toEqual(timelines[0]);
  });

  it('survives jumps ahead and back', () => {
    const prng = new Prng(7);
    const packets: ForgedPacket[] = [];
    let base = FORGE_EPOCH_MICROS;
    for (let jump = 0; jump < 60; jump++) {
      base += (prng.chance(0.5) ? 1 : -1) * 10 ** prng.between(1, 13);
      if (base < 0) base = FORGE_EPOCH_MICROS;
      for (let n = 0; n < 12; n++) packets.push(datagram(base + n * prng.between(0, 1e6), prng.between(0, 5)));
    }
    expect(timelineOf(packets).buckets).toBeLessThanOrEqual(512);
    expect(timelineOf(packets, 10 * SECOND).buckets).toBeLessThanOrEqual(8192);
  });

  it('puts all of a connection under its final label', () => {
    const begun = FORGE_EPOCH_MICROS;
    const talk = new TcpConversation({
      client: { address: '192.0.2.10', port: 50_000 },
      server: { address: '198.51.100.7', port: 443 },
      startMicros: begun,
    })
      .handshake()
      .send('client', clientHelloRecord({ serverName: 'www.youtube.com' }))
      .close().packets;
    const slow = talk.map((packet, n) => ({ ...packet, timeMicros: begun + n * 3 * SECOND }));
    const { labels, begun: starts } = timelineOf(slow, SECOND);
    expect(labels.map(({ label }) => label)).toEqual(['YOUTUBE']);
    expect(starts[0]).toBe(1);
  });

  it('lists twenty labels and adds up the others', () => {
    const names = 'youtube.com netflix.com github.com tiktok.com spotify.com zoom.us discord.com whatsapp.net';
    const more = 'telegram.org facebook.com instagram.com x.com reddit.com twitch.tv pinterest.com linkedin.com';
    const rest = 'dropbox.com slack.com ebay.com paypal.com booking.com airbnb.com uber.com snapchat.com';
    const packets = `${names} ${more} ${rest}`.split(' ').flatMap(
      (serverName, n) =>
        new TcpConversation({
          client: { address: '192.0.2.10', port: 50_000 + n },
          server: { address: `198.51.100.${n}`, port: 443 },
        })
          .handshake()
          .send('client', clientHelloRecord({ serverName })).packets,
    );
    const { labels } = timelineOf(packets);
    expect(labels.length).toBe(21);
    expect(labels.at(-1)!.label).toBe('other');
  });
});
