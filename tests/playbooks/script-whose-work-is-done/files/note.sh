#!/bin/sh
echo noted >>$1/note
