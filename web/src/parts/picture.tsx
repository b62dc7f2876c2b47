import {useEffect, useRef, useState} from 'preact/hooks';
import {path, Problem, send} from '../api/client';
import {watch} from './live';

/** ms */
const AFTER_FAILURE = 1000;

/**
 * A composition as it is now: its snapshot, asked for again and again while it can be seen; with `live` the composition
 * itself, with its sound, where that gets through.
 */
export function Picture({
  call,
  composition,
  label,
  aspect,
  width,
  millis,
  live = false,
}: {
  call: string;
  composition: string;
  label: string;
  aspect: number;
  /** px; the picture is not asked for larger than it is shown */
  width: number;
  millis: number;
  live?: boolean;
}) {
  const image = useRef<HTMLImageElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState('waiting for the first picture');

  useEffect(() => {
    if (!live || !video.current) return;
    const abort = new AbortController();
    void watch(video.current, call, composition, abort.signal, setPlaying);
    return () => {
      abort.abort();
      setPlaying(false);
    };
  }, [call, composition, live]);

  useEffect(() => {
    if (playing) return;
    const abort = new AbortController();
    let timer = 0;
    let url = '';
    let visible = true;
    const observer = new IntersectionObserver((entries) => {
      visible = entries[entries.length - 1]!.isIntersecting;
    });
    if (frame.current) observer.observe(frame.current);
    async function run(): Promise<void> {
      let wait = millis;
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
          if (abort.signal.aborted) return;
          setTrouble(e instanceof Problem ? e.detail : 'no picture');
          wait = Math.max(millis, AFTER_FAILURE, e instanceof Problem ? 1000 * e.retryAfter : 0);
        }
      }
      if (!abort.signal.aborted) timer = window.setTimeout(run, wait);
    }
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
      observer.disconnect();
      URL.revokeObjectURL(url);
    };
  }, [call, composition, width, millis, playing]);

  return (
    <div class="picture" ref={frame} style={{aspectRatio: String(aspect)}}>
      <img ref={image} alt={label} class={trouble ? 'old' : ''} hidden={playing} />
      {live && <video ref={video} aria-label={label} muted playsinline controls hidden={!playing} />}
      {trouble && !playing && <span>{trouble}</span>}
    </div>
  );
}
