// What a router sends, in the words of a browser: an offer of all its consumers, and what the answer tells of DTLS.

const LINE = '\r\n';

function media({ participant, kind, rtpParameters }, { iceParameters, iceCandidates }) {
  const { mid, codecs, headerExtensions, encodings, rtcp } = rtpParameters;
  const [{ ssrc, rtx }] = encodings;
  const lines = [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${codecs.map((codec) => codec.payloadType).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=msid:${participant} ${participant}-${kind}`,
    'a=sendonly',
    'a=setup:actpass',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
  ];
  for (const { foundation, priority, address, port, protocol, type } of iceCandidates) {
    lines.push(`a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}`);
  }
  lines.push('a=end-of-candidates');
  for (const { payloadType, mimeType, clockRate, channels, parameters, rtcpFeedback } of codecs) {
    const name = mimeType.slice(mimeType.indexOf('/') + 1);
    lines.push(`a=rtpmap:${payloadType} ${name}/${clockRate}${channels > 1 ? `/${channels}` : ''}`);
    const settings = Object.entries(parameters ?? {}).map(([key, value]) => `${key}=${value}`);
    if (settings.length > 0) {
      lines.push(`a=fmtp:${payloadType} ${settings.join(';')}`);
    }
    for (const { type, parameter } of rtcpFeedback ?? []) {
      lines.push(`a=rtcp-fb:${payloadType} ${type}${parameter ? ` ${parameter}` : ''}`);
    }
  }
  for (const { id, uri } of headerExtensions) {
    lines.push(`a=extmap:${id} ${uri}`);
  }
  if (rtx) {
    lines.push(`a=ssrc-group:FID ${ssrc} ${rtx.ssrc}`);
  }
  for (const one of rtx ? [ssrc, rtx.ssrc] : [ssrc]) {
    lines.push(`a=ssrc:${one} cname:${rtcp.cname}`);
  }
  return lines;
}

/**
 * The offer of a WebRTC transport. A participant's picture and sound are one stream, which has its name.
 *
 * @param transport what it says of ICE and DTLS
 * @param consumers of that transport: `{participant, kind, rtpParameters}`
 */
export function offer(transport, consumers) {
  const fingerprint = transport.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  return [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
    `a=group:BUNDLE ${consumers.map(({ rtpParameters }) => rtpParameters.mid).join(' ')}`,
    ...consumers.flatMap((consumer) => media(consumer, transport)),
    '',
  ].join(LINE);
}

/** The browser's DTLS parameters, as its answer has them. */
export function dtls(answer) {
  const [, algorithm, value] = /^a=fingerprint:(\S+) (\S+)/m.exec(answer) ?? [];
  const [, setup] = /^a=setup:(\w+)/m.exec(answer) ?? [];
  if (value === undefined || setup === undefined) {
    throw new Error('the answer has no fingerprint or no setup');
  }
  return { role: setup === 'active' ? 'client' : 'server', fingerprints: [{ algorithm, value }] };
}
