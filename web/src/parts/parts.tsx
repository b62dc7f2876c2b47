import {cloneElement, type ComponentChildren, type InputHTMLAttributes, type VNode} from 'preact';
import {useEffect, useId, useRef, useState} from 'preact/hooks';
import {away, Problem} from '../api/client';
import {moved} from '../app/router';
import {dialogs, Notices} from './notice';

const TONES: Record<string, string> = {
  live: 'good',
  open: 'good',
  ready: 'good',
  recording: 'good',
  delivered: 'good',
  enabled: 'good',
  disabled: 'wait',
  running: 'good',
  connecting: 'wait',
  starting: 'wait',
  stopping: 'wait',
  retrying: 'wait',
  paused: 'wait',
  uploading: 'wait',
  finishing: 'wait',
  pending: 'wait',
  preparing: 'wait',
  stalled: 'bad',
  failed: 'bad',
  dead: 'bad',
};

/** A state: colour and word, so that it can be told without the colour. */
export function Chip({state, title}: {state: string; title?: string}) {
  return (
    <span class={`chip ${TONES[state] ?? ''}`} title={title}>
      {state}
    </span>
  );
}

/** Why the last look failed, where there will be more of them. */
export function Trouble({error}: {error?: Error}) {
  if (!error) return null;
  if (!(error instanceof Problem)) {
    return (
      <p class="trouble" role="alert">
        {error.message}
      </p>
    );
  }
  if (error.status === 0 && away.value) return null; // Said once, at the top.
  return (
    <p class="trouble" role="alert">
      {error.detail} {error.retryAfter > 0 ? `It is asked again in ${error.retryAfter} s.` : error.fix}
    </p>
  );
}

/** A panel with a heading. */
export function Panel({
  title,
  aside,
  children,
  class: name = '',
}: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  const id = useId();
  return (
    <section class={`panel ${name}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A page's heading; takes the focus when one comes from another, so that a screen reader says where one is. */
export function Heading({title, children}: {title: string; children?: ComponentChildren}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Callcast`;
    if (moved && (document.activeElement === document.body || document.activeElement?.closest('nav'))) {
      heading.current?.focus({preventScroll: true});
    }
  }, [title]);
  return (
    <div class="heading">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </div>
  );
}

let nextDialog = 1;

/** A level in dBov: nothing at -60, full at 0. */
export function Meter({level, label, quiet}: {level: number; label: string; quiet?: boolean}) {
  const shown = quiet ? -60 : Math.max(-60, Math.min(0, level));
  const share = (shown + 60) / 60;
  return (
    <div
      class={`meter ${quiet ? 'quiet' : ''}`}
      role="meter"
      aria-label={label}
      aria-valuemin={-60}
      aria-valuemax={0}
      aria-valuenow={Math.round(shown)}
      aria-valuetext={quiet ? 'no sound' : `${Math.round(level)} dB`}
    >
      <div style={{transform: `scaleX(${share.toFixed(3)})`}} />
    </div>
  );
}

/** The last values as a line, the newest at the right; the first half minute fills it from there. */
export function Spark({values, label, most}: {values: number[]; label: string; most?: number}) {
  const width = 120;
  const height = 28;
  const top = Math.max(1, most ?? 0, ...values);
  const step = width / Math.max(29, values.length - 1);
  const points = values.map(
    (value, i) =>
      `${(width - (values.length - 1 - i) * step).toFixed(1)},${(height - 1 - (value / top) * (height - 3)).toFixed(1)}`,
  );
  const first = points[0]?.split(',')[0] ?? '0';
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {points.length > 1 && (
        <>
          <polygon points={`${first},${height} ${points.join(' ')} ${width},${height}`} />
          <polyline points={points.join(' ')} />
        </>
      )}
    </svg>
  );
}

/** A share of what there is. */
export function Bar({value, label}: {value: number; label: string}) {
  const share = Math.max(0, Math.min(1, value));
  return (
    <div
      class={`bar ${share > 0.9 ? 'bad' : share > 0.7 ? 'wait' : ''}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <div style={{transform: `scaleX(${share.toFixed(3)})`}} />
    </div>
  );
}

/**
 * A modal dialog; Escape and the button close it, and the focus goes back to where it was. What is said meanwhile is said in
 * it: all else of the page is out of reach, to the eye and to screen readers.
 */
export function Dialog({title, onClose, children}: {title: string; onClose: () => void; children: ComponentChildren}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [mine] = useState(() => nextDialog++);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current!;
    dialogs.value = [...dialogs.value, mine];
    shown.showModal();
    return () => {
      dialogs.value = dialogs.value.filter((one) => one !== mine);
      shown.close();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={() => dialog.current?.close()}>
          ✕
        </button>
      </header>
      {children}
      <Notices of={mine} />
    </dialog>
  );
}

/** A button that asks before it does what cannot be undone. */
export function Sure({
  children,
  title,
  question,
  yes,
  onYes,
  class: name = '',
  label,
}: {
  children: ComponentChildren;
  title: string;
  question: string;
  yes: string;
  onYes: () => void;
  class?: string;
  label?: string;
}) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class={name} aria-label={label} onClick={() => setAsking(true)}>
        {children}
      </button>
      {asking && (
        <Dialog title={title} onClose={() => setAsking(false)}>
          <p>{question}</p>
          <div class="actions">
            <button
              type="button"
              class="danger"
              onClick={() => {
                setAsking(false);
                onYes();
              }}
            >
              {yes}
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              Leave it
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** A labelled control, with a hint that describes it and is no part of its name. */
export function Field({label, hint, children}: {label: string; hint?: string; children: VNode<{'aria-describedby'?: string}>}) {
  const id = useId();
  return (
    <div class="field">
      <label>
        <span>{label}</span>
        {hint ? cloneElement(children, {'aria-describedby': id}) : children}
      </label>
      {hint && <small id={id}>{hint}</small>}
    </div>
  );
}

/** Text that is told when it is done: with Enter, or when the field is left. What is shown follows `value` until then. */
export function TextInput({
  value,
  onDone,
  lines = 1,
  ...rest
}: {
  value: string;
  onDone: (value: string) => void;
  lines?: number;
  id?: string;
  class?: string;
  type?: 'number';
  step?: string;
  min?: number;
  max?: number;
  disabled?: boolean;
  placeholder?: string;
  list?: string;
  'aria-label'?: string;
}) {
  const [draft, setDraft] = useState<string>();
  const done = (text: string) => {
    setDraft(undefined);
    if (text !== value) onDone(text);
  };
  const common = {
    ...rest,
    value: draft ?? value,
    onInput: (e: {currentTarget: HTMLInputElement | HTMLTextAreaElement}) => setDraft(e.currentTarget.value),
    onBlur: (e: {currentTarget: HTMLInputElement | HTMLTextAreaElement}) => draft !== undefined && done(e.currentTarget.value),
  };
  if (lines > 1) return <textarea rows={lines} {...common} />;
  return (
    <input
      {...(common as InputHTMLAttributes<HTMLInputElement>)}
      onKeyDown={(e) => {
        if (e.key === 'Enter') {
          e.preventDefault();
          done(e.currentTarget.value);
        } else if (e.key === 'Escape') {
          setDraft(undefined);
        }
      }}
    />
  );
}

export function Switch({
  on,
  onChange,
  label,
  disabled,
  id,
}: {
  on: boolean;
  onChange: (on: boolean) => void;
  label?: string;
  disabled?: boolean;
  id?: string;
}) {
  return (
    <input
      type="checkbox"
      role="switch"
      class="switch"
      id={id}
      aria-label={label}
      checked={on}
      disabled={disabled}
      onChange={(e) => onChange(e.currentTarget.checked)}
    />
  );
}

export function Empty({children}: {children: ComponentChildren}) {
  return <p class="empty">{children}</p>;
}
