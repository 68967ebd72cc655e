import { useEffect, useRef, useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import { Report } from '../view/report.js';
import { readSession, type Session, signIn, signOut } from './requests.js';
import { RulesPanel } from './rules-panel.js';
import { type Upload, type Uploads, useUploads } from './use-uploads.js';

/** The page of `dpi serve`: captures in, their reports out. */
export function ServerPage() {
  const [session, setSession] = useState<Session | null>(null);
  const [shown, setShown] = useState<number | null>(null);
  const refresh = () => void readSession().then(setSession, () => setSession({ needs_token: false, is_open: true }));
  useEffect(refresh, []);
  const show = (id: number | null) => {
    // Each report has a selection of its own.
    location.replace('#');
    setShown(id);
  };
  const uploads = useUploads(show, refresh);
  const report = uploads.all.find(({ id }) => id === shown)?.report ?? null;
  useDrop(uploads.add);
  if (session === null) return null;
  if (session.needs_token && !session.is_open) return <SignIn onDone={refresh} />;
  return (
    <>
      <nav class="top" aria-label="Captures">
        <button type="button" class="brand" onClick={() => show(null)}>
          dpi
        </button>
        <UploadList uploads={uploads} shown={shown} onShow={show} />
        <FileButton onFiles={uploads.add} isSmall />
        <a href="/docs">API</a>
        {session.needs_token && (
          <button type="button" onClick={() => signOut().then(refresh)}>
            Sign out
          </button>
        )}
      </nav>
      {report === null ? <Welcome onFiles={uploads.add} /> : <Report key={shown} data={report} />}
    </>
  );
}

/** What the page shows before there is a report. */
function Welcome({ onFiles }: { onFiles(files: readonly File[]): void }) {
  return (
    <main class="welcome">
      <h1>What is in this capture?</h1>
      <p>
        Drop pcap or pcapng files here, plain or compressed with gzip, zstd or lz4. This server reads them, keeps nothing,
        and sends them nowhere.
      </p>
      <FileButton onFiles={onFiles} />
      <RulesPanel />
    </main>
  );
}

function FileButton({ onFiles, isSmall = false }: { onFiles(files: readonly File[]): void; isSmall?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={isSmall ? 'choose small' : 'choose'} onClick={() => input.current?.click()}>
        {isSmall ? 'Add captures' : 'Choose captures'}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Captures"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

interface UploadListProps {
  readonly uploads: Uploads;
  readonly shown: number | null;
  onShow(id: number): void;
}

function UploadList({ uploads, shown, onShow }: UploadListProps) {
  return (
    <ul class="uploads" aria-live="polite">
      {uploads.all.map((upload) => (
        <li key={upload.id} class={upload.state}>
          <button
            type="button"
            aria-pressed={shown === upload.id}
            disabled={upload.state !== 'done'}
            onClick={() => onShow(upload.id)}
          >
            {safeText(upload.name)}
          </button>
          <UploadProgress upload={upload} />
          <button
            type="button"
            class="remove"
            aria-label={`${upload.state === 'done' || upload.state === 'failed' ? 'Remove' : 'Cancel'} ${safeText(upload.name)}`}
            onClick={() => uploads.remove(upload.id)}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

const TEXTS = new Texts();

function UploadProgress({ upload: { state, sent, size, error, name } }: { upload: Upload }) {
  if (state === 'done') return null;
  if (state === 'failed') return <span class="trouble">{safeText(error)}</span>;
  if (state === 'reading') return <span class="faint">reading {TEXTS.bytes(size)} …</span>;
  return (
    <>
      <progress max={Math.max(1, size)} value={sent} aria-label={`Upload of ${safeText(name)}`} />
      <span class="faint">
        {TEXTS.bytes(sent)} of {TEXTS.bytes(size)}
      </span>
    </>
  );
}

function SignIn({ onDone }: { onDone(): void }) {
  const [error, setError] = useState('');
  const token = useRef<HTMLInputElement>(null);
  return (
    <main class="welcome">
      <h1>Sign in</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn(token.current?.value ?? '').then(onDone, (reason: Error) => setError(reason.message));
        }}
      >
        {/* Tells password managers of different servers apart. */}
        <input type="text" autocomplete="username" value={location.host} readOnly hidden />
        <label>
          Token of this server
          <input ref={token} type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" class="choose">
          Sign in
        </button>
        <p class="trouble" role="alert">
          {safeText(error)}
        </p>
      </form>
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
