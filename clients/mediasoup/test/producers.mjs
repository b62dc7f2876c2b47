// What made-up participants send to a plain transport of a router, for tests and the bench.

/** One of several encodings is simulcast, the smallest first. */
export function produce(transport, participant, track) {
  const video = track.kind === 'video';
  return transport.produce({
    kind: track.kind,
    rtpParameters: {
      codecs: video
        ? [
            {
              mimeType: 'video/VP8',
              clockRate: 90000,
              payloadType: track.payloadType,
              rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }],
            },
            { mimeType: 'video/rtx', clockRate: 90000, payloadType: track.payloadType + 1, parameters: { apt: track.payloadType } },
          ]
        : [{ mimeType: 'audio/opus', clockRate: 48000, channels: 2, payloadType: track.payloadType }],
      headerExtensions: track.headerExtensions ?? [],
      encodings: track.ssrcs.map((ssrc) => ({ ssrc, ...(video ? { rtx: { ssrc: ssrc + 1 } } : {}) })),
      rtcp: { cname: participant },
    },
    appData: { source: track.source },
  });
}
