DROP TABLE waveforms;
