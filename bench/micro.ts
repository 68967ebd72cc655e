/**
 * Times the stages one by one, with everything in the processor's caches: `npm run bench:micro`. For comparing two
 * versions of one stage; what a stage costs in a run, where it shares the caches, is `npm run bench`'s to say.
 */
import { readFileSync } from 'node:fs';
import { Bench } from 'tinybench';
import { CaptureStream } from '../src/core/capture/capture-stream.js';
import { PacketBatch } from '../src/core/capture/packet-batch.js';
import { createAppTable } from '../src/core/classify/built-in-apps.js';
import { inOneGo } from '../src/core/common/turns.js';
import { AddressTable } from '../src/core/flow/address-table.js';
import { DecodeStage } from '../src/core/flow/decode-stage.js';
import { FlowTable } from '../src/core/flow/flow-table.js';
import { PacketColumns } from '../src/core/flow/packet-columns.js';
import { Finding, InspectContext, NEED_MORE } from '../src/core/inspect/inspector.js';
import { NameTable } from '../src/core/inspect/name-table.js';
import { quicInspector } from '../src/core/inspect/quic/quic.js';
import { ClientHello, HELLO_WHOLE, parseClientHello } from '../src/core/inspect/tls/client-hello.js';
import { FragmentTable } from '../src/core/layers/fragments.js';
import { PacketView } from '../src/core/layers/packet-view.js';
import { DomainTable } from '../src/core/policy/domain-table.js';
import { PackedTexts } from '../src/core/policy/packed-texts.js';
import { ConnectionLines, LineFrame } from '../src/render/connection-json.js';
import { Prng } from '../test/forge/prng.js';
import { cryptoFrame, initialPacket } from '../test/forge/quic.js';
import { clientHello } from '../test/forge/tls.js';
import { connection } from '../test/support/report-fixture.js';
import { CaptureStream as CaptureWriter } from './capture-stream.js';
import { writeMix } from './mix.js';
import { hostNames } from './names.js';

/** Below the folder that npm starts scripts in. */
const CAPTURE = 'bench/data/micro.pcap';
const SEED = 1;
const SAMPLED_NAMES = 1000;
const DOMAIN_RULES = 100_000;
const MAX_CONNECTIONS = 4096;
const TIME_MS = 500;

interface Stage {
  name: string;
  /** What one call of `run` works through. */
  items: number;
  run(): void;
}

async function main(): Promise<void> {
  const stages = [...packetStages(), tlsHello(), quicInitial(), ...nameStages(), jsonLine()];
  const bench = new Bench({ time: TIME_MS });
  for (const stage of stages) bench.add(stage.name, stage.run);
  await bench.run();
  for (const { name, items } of stages) {
    const { result } = bench.getTask(name)!;
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
    const nanos = (result.latency.p50 * 1e6) / items;
    console.log(`${name.padEnd(44)} ${nanos.toFixed(nanos < 100 ? 1 : 0).padStart(8)} ns`);
  }
}

/** Decoding, and finding the connections, of the first packets of `mix`. */
function packetStages(): Stage[] {
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  const out = new CaptureWriter(CAPTURE);
  writeMix(out, 0.001);
  out.finish();
  stream.push(readFileSync(CAPTURE));
  if (!stream.nextBatch(batch)) throw new Error('mix holds no packets');
  const addresses = new AddressTable(SEED);
  const decode = new DecodeStage(new PacketView(Buffer.alloc(0), new FragmentTable()), addresses, SEED);
  const flows = new FlowTable(MAX_CONNECTIONS, addresses, SEED, () => {});
  const columns = new PacketColumns();
  const resolve = () => {
    for (let from = 0; from < columns.count; ) {
      const to = flows.resolve(columns, batch.tsMicros, batch.wireLen, from);
      flows.sweep(to - from);
      from = to;
    }
  };
  return [
    { name: 'decode, a packet', items: batch.count, run: () => decode.run(batch, columns) },
    { name: 'flow table, a packet of a known connection', items: batch.count, run: resolve },
  ];
}

function tlsHello(): Stage {
  const message = clientHello({ serverName: 'www.example.com', echPayloadLen: 144 });
  const hello = new ClientHello();
  const run = () => {
    const status = parseClientHello(message, 4, message.length, hello, false, null);
    if (status !== HELLO_WHOLE) throw new Error('the hello was not read');
  };
  return { name: 'TLS, a ClientHello', items: 1, run };
}

/** Keys and all, for one that carries the beginning of a hello. */
function quicInitial(): Stage {
  const destinationConnectionId = new Prng('connection id').bytes(8);
  const hello = clientHello({ serverName: 'www.example.com' });
  const packet = initialPacket(cryptoFrame({ offset: 0, data: hello.subarray(0, 1000) }), { destinationConnectionId });
  const context = new InspectContext();
  const finding = new Finding();
  const run = () => {
    finding.reset();
    context.state = undefined;
    const status = quicInspector.inspect(packet, 0, packet.length, context, finding);
    if (status !== NEED_MORE) throw new Error('the Initial was not opened');
    quicInspector.end!(context.state);
  };
  return { name: 'QUIC, a first Initial of 1,200 bytes', items: 1, run };
}

function nameStages(): Stage[] {
  const all = hostNames();
  const sampled = all.slice(0, SAMPLED_NAMES);
  const names = new NameTable(all.length, SEED);
  const apps = createAppTable();
  const values = Array.from({ length: DOMAIN_RULES }, (_, i) => `site${i}.example`);
  const rules = inOneGo(DomainTable.build([{ first: 0, allow: false, values: PackedTexts.of(values) }]));
  const each = (visit: (name: Buffer) => unknown) => () => {
    for (const name of sampled) visit(name);
  };
  return [
    { name: 'name table, a known name', items: SAMPLED_NAMES, run: each((name) => names.intern(name, 0, name.length)) },
    { name: 'app of a name', items: SAMPLED_NAMES, run: each((name) => apps.matchName(name, 0, name.length)) },
    {
      name: 'rule for a name among 100,000',
      items: SAMPLED_NAMES,
      run: each((name) => rules.find(name, 0, name.length)),
    },
  ];
}

function jsonLine(): Stage {
  const record = connection();
  const frame = new LineFrame('{', '}');
  const nowhere = () => {};
  const lines = new ConnectionLines(nowhere, nowhere);
  const run = () => {
    lines.add(frame, record);
  };
  return { name: 'JSON, a connection', items: 1, run };
}

await main();
