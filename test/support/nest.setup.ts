// CommonJS packages that require Nest must find it loaded, or they fail on a require cycle.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
