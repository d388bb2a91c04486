package com.huaweicloud.sdk.cdn.v2.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

@JsonInclude(JsonInclude.Include.NON_NULL)
public class ExportTaskVo {

    @JsonProperty("action")
    public String action;

    @JsonProperty("domain_name")
    public String domainName;

    @JsonProperty("start_time")
    public Long startTime;

    @JsonProperty("end_time")
    public Long endTime;

    @JsonProperty("group_by")
    public String groupBy;

    @JsonProperty("interval")
    public Long interval;

    @JsonProperty("service_area")
    public String serviceArea;

    @JsonProperty("stat_type")
    public String statType;

    @JsonProperty("country")
    public String country;

    @JsonProperty("province")
    public String province;

    @JsonProperty("isp")
    public String isp;

    @JsonProperty("language")
    public String language;
}
