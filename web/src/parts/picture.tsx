import {useEffect, useRef, useState} from 'preact/hooks';
import {path, Problem, send} from '../api/client';

/** A composition as it is now: its snapshot, asked for again and again while it can be seen. */
export function Picture({
  call,
  composition,
  label,
  aspect,
  width,
  millis,
}: {
  call: string;
  composition: string;
  label: string;
  aspect: number;
  /** px; the picture is not asked for larger than it is shown */
  width: number;
  millis: number;
}) {
  const image = useRef<HTMLImageElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState('waiting for the first picture');

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let url = '';
    let visible = true;
    const observer = new IntersectionObserver((entries) => {
      visible = entries[entries.length - 1]!.isIntersecting;
    });
    if (frame.current) observer.observe(frame.current);
    async function run(): Promise<void> {
      if (!document.hidden && visible) {
        try {
          const shown = Math.ceil((frame.current?.clientWidth || width) * Math.min(2, devicePixelRatio));
          const wanted = Math.max(160, Math.min(width, 2 * Math.ceil(shown / 2)));
          const response = await send(
            'GET',
            path`/v1/calls/${call}/compositions/${composition}/snapshot.jpg` + `?width=${wanted}`,
            undefined,
            abort.signal,
          );
          const next = URL.createObjectURL(await response.blob());
          if (abort.signal.aborted || !image.current) {
            URL.revokeObjectURL(next);
            return;
          }
          image.current.src = next;
          await image.current.decode().catch(() => {});
          URL.revokeObjectURL(url);
          url = next;
          setTrouble('');
        } catch (e) {
          if (!abort.signal.aborted) setTrouble(e instanceof Problem ? e.detail : 'no picture');
        }
      }
      if (!abort.signal.aborted) timer = window.setTimeout(run, millis);
    }
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
      observer.disconnect();
      URL.revokeObjectURL(url);
    };
  }, [call, composition, width, millis]);

  return (
    <div class="picture" ref={frame} style={{aspectRatio: String(aspect)}}>
      <img ref={image} alt={label} class={trouble ? 'old' : ''} />
      {trouble && <span>{trouble}</span>}
    </div>
  );
}
