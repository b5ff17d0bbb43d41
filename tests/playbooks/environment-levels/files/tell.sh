#!/bin/sh
echo "$1 $A $B $C"
