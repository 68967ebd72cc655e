import { useEffect, useRef, useState } from 'preact/hooks';
import type { PolicySummary } from '../../core/report/policy-model.js';
import { PolicyReport } from '../view/policy-report.js';
import { Report } from '../view/report.js';
import { CaptureTools } from './capture-tools.js';
import { IngestPanel } from './ingest-panel.js';
import { readSession, type Session, signOut } from './requests.js';
import { readRules } from './rules.js';
import { RulesPanel } from './rules-panel.js';
import { sendForPolicy } from './sendings.js';
import { SignIn } from './sign-in.js';
import { FileButton, UploadList } from './upload-list.js';
import { useEvents } from './use-events.js';
import { useTasks } from './use-tasks.js';
import { type Upload, useUploads } from './use-uploads.js';

/** What an upload shows. */
interface Shown {
  readonly upload: number;
  /** The rules' test rather than the report. */
  readonly isPolicy: boolean;
}

const NO_SESSION: Session = { needs_token: false, is_open: true, has_rules: false };

/** The page of `dpi serve`: captures in, their reports and copies out. */
export function ServerPage() {
  const [session, setSession] = useState<Session | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [policies, setPolicies] = useState<ReadonlyMap<number, PolicySummary>>(new Map());
  const refresh = () => void readSession().then(setSession, () => setSession(NO_SESSION));
  useEffect(refresh, []);
  const show = (upload: number | null) => {
    // Each report has a selection of its own.
    location.replace('#');
    setShown(upload === null ? null : { upload, isPolicy: false });
  };
  const uploads = useUploads(show, refresh);
  const tasks = useTasks(refresh);
  useDrop(uploads.add);
  if (session === null) return null;
  if (session.needs_token && !session.is_open) return <SignIn onDone={refresh} />;
  const upload = uploads.all.find(({ id }) => id === shown?.upload) ?? null;
  const remove = (id: number) => {
    tasks.remove(id);
    uploads.remove(id);
  };

  const testRules = async ({ id, file, report }: Upload): Promise<void> => {
    const stored = session.has_rules ? await readRules(1).catch(() => null) : null;
    if (stored?.total === 0 && report?.summary.rules.count === 0) {
      tasks.tell(id, TEST, 'There are no rules to test: the start page adds some.');
      return;
    }
    tasks.start(id, {
      title: TEST,
      send: (onProgress) => sendForPolicy(file, onProgress),
      done(policy) {
        setPolicies((before) => new Map(before).set(id, policy));
        setShown((before) => (before?.upload === id ? { upload: id, isPolicy: true } : before));
        return 'The rules are tested.';
      },
    });
  };
  const policy = upload === null ? undefined : policies.get(upload.id);
  return (
    <>
      <nav class="top" aria-label="Captures">
        <button type="button" class="brand" onClick={() => show(null)} aria-label="dpi, start page">
          dpi
        </button>
        <UploadList uploads={{ ...uploads, remove }} shown={upload?.id ?? null} onShow={show} />
        <span class="links">
          {upload?.report && policy && (
            <ViewSwitch
              isPolicy={shown?.isPolicy ?? false}
              onSwitch={(isPolicy) => setShown({ upload: upload.id, isPolicy })}
            />
          )}
          {uploads.all.length > 0 && <FileButton onFiles={uploads.add} isSmall />}
          <a href="/docs">API</a>
          {session.needs_token && (
            <button type="button" onClick={() => signOut().then(refresh)}>
              Sign out
            </button>
          )}
        </span>
      </nav>
      {upload === null || upload.report === null ? (
        <Welcome onFiles={uploads.add} hasRules={session.has_rules} />
      ) : policy !== undefined && shown?.isPolicy ? (
        <PolicyReport policy={policy} />
      ) : (
        <Report
          key={upload.id}
          data={upload.report}
          tools={
            <CaptureTools
              upload={upload.id}
              file={upload.file}
              tasks={tasks}
              onTestRules={
                session.has_rules || upload.report.summary.rules.count > 0 ? () => void testRules(upload) : null
              }
            />
          }
        />
      )}
    </>
  );
}

const TEST = 'Test of the rules';

function ViewSwitch({ isPolicy, onSwitch }: { isPolicy: boolean; onSwitch(isPolicy: boolean): void }) {
  return (
    <fieldset class="switch" aria-label="View">
      <button type="button" aria-pressed={!isPolicy} onClick={() => onSwitch(false)}>
        Report
      </button>
      <button type="button" aria-pressed={isPolicy} onClick={() => onSwitch(true)}>
        Rules test
      </button>
    </fieldset>
  );
}

/** What the page shows before there is a report. */
function Welcome({ onFiles, hasRules }: { onFiles(files: readonly File[]): void; hasRules: boolean }) {
  const events = useEvents();
  return (
    <main class="welcome">
      <h1>What is in this capture?</h1>
      <p>
        Drop pcap or pcapng files here, plain or compressed with gzip, zstd or lz4. This server reads them, keeps nothing,
        and sends them nowhere.
      </p>
      <FileButton onFiles={onFiles} />
      {hasRules && <RulesPanel version={events.rulesVersion} />}
      <IngestPanel events={events} />
    </main>
  );
}

/** Takes files that are dropped anywhere on the page. */
function useDrop(onFiles: (files: readonly File[]) => void): void {
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const over = (event: DragEvent) => {
      event.preventDefault();
      document.body.classList.toggle('dropping', event.type === 'dragover');
    };
    const drop = (event: DragEvent) => {
      over(event);
      latest.current([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', over);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', over);
      document.removeEventListener('drop', drop);
    };
  }, []);
}
