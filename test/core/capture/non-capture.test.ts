import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeNonCapture, notACapture } from '../../../src/core/capture/non-capture.js';
import { readCapture } from './read-capture.js';

const tar = Buffer.alloc(512);
tar.write('ustar', 257);

describe('describeNonCapture', () => {
  it.each([
    ['an empty file', ''],
    ['a file of only 1 byte', '\xd4'],
    ['a file of only 3 bytes', '\xd4\xc3\xb2'],
    ['a PNG image', '\x89PNG\r\n\x1a\n\0\0'],
    ['a JPEG image', '\xff\xd8\xff\xe0'],
    ['a PDF document', '%PDF-1.7\n'],
    ['an ELF program or library', '\x7fELF\x02\x01'],
    ['a zip archive, which dpi does not unpack', 'PK\x03\x04\x14'],
    ['lz4 data in its legacy format, which dpi does not unpack (lz4 -d does)', '\x02!L\x18\x64\x40'],
    ['xz-compressed data, which dpi does not unpack (xz -d does)', '\xfd7zXZ\0\0\x04'],
    ['bzip2-compressed data, which dpi does not unpack (bzip2 -d does)', 'BZh91AY'],
    [
      "a Microsoft Network Monitor 1 capture, in a format that dpi does not read; Wireshark's `editcap -F pcapng` converts it",
      'RTSS\0\0\0\0',
    ],
    ['a tar archive, which dpi does not unpack', tar.toString('latin1')],
    ['a JSON file', '{\n  "total_packets": 7\n}'],
    ['a JSON file', '[1, 2]'],
    ['an HTML page', '\n<!DOCTYPE html><html>'],
    ['an XML document', '<?xml version="1.0"?>'],
    ['a text file', '12:00:01.000 IP 10.0.0.1.443 > 10.0.0.2.5555: Flags [S]\n'],
    ['a text file', 'gr\xc3\xbc\xc3\x9fe'],
    ['a run of zero bytes', '\0\0\0\0\0\0'],
    ['binary data of an unknown kind (first bytes 01020304)', '\x01\x02\x03\x04\x05\x06'],
  ])('sees %s', (what, content) => {
    const head = Buffer.from(content, 'latin1');
    expect(describeNonCapture(head)).toBe(what);
    expect(readCapture(head).unrecognised).toBe(true);
  });

  it('takes text for text when its last character is cut', () => {
    expect(describeNonCapture(Buffer.from('grü€').subarray(0, 6))).toBe('a text file');
  });

  it('names what compressed data holds', () => {
    expect(describeNonCapture(Buffer.from('hello'), 'gzip')).toBe('gzip data that holds a text file');
    expect(describeNonCapture(gzipSync('x'), 'gzip')).toBe('gzip data that holds gzip data');
    expect(describeNonCapture(Buffer.alloc(0), 'zstd')).toBe('zstd data that holds nothing');
  });
});

describe('notACapture', () => {
  it('makes one sentence that names the file, with exit code 2', () => {
    const error = notACapture('a.pcap', Buffer.from('hello'), null, null);
    expect(error.code).toBe('input-not-a-capture');
    expect(error.message).toBe('a.pcap is no pcap or pcapng capture: it looks like a text file');
    expect(notACapture('-', Buffer.alloc(0), null, null).message).toBe('standard input is empty');
  });
});
