#!/usr/bin/env node
// Written so that any Node of the last ten years reads it: an old one is told what it lacks, and sees no newer syntax before that.
'use strict';

var NEEDED = [22, 12];
var found = process.versions.node.split('.').map(Number);

if (found[0] < NEEDED[0] || (found[0] === NEEDED[0] && found[1] < NEEDED[1])) {
  var needed =
    'create-tidemark: Node ' + NEEDED.join('.') + ' or newer is needed, and this is ' + process.versions.node;
  console.error(needed + '. Get a newer one from https://nodejs.org and run the same command again.');
  process.exitCode = 1;
} else {
  require('./load.cjs');
}
