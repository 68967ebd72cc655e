import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** A part that scrolls, also by keyboard. */
export function Scrolled({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls needs the keyboard.
    <section class="table-frame scrolled" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

/** A part that scrolls sideways where it has no room; the keyboard reaches it only then. */
export function ScrollingFrame({ label, children }: { label: string; children: ComponentChildren }) {
  const frame = useRef<HTMLElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const { current } = frame;
    if (current === null) return;
    const observer = new ResizeObserver(() => setScrolls(current.scrollWidth > current.clientWidth));
    observer.observe(current);
    for (const child of current.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  const region = scrolls ? { tabIndex: 0, 'aria-label': label } : {};
  return (
    <section class="table-frame" ref={frame} {...region}>
      {children}
    </section>
  );
}
