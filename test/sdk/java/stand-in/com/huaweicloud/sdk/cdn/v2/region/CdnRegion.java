package com.huaweicloud.sdk.cdn.v2.region;

import com.huaweicloud.sdk.core.region.Region;
import com.huaweicloud.sdk.core.region.RegionProviderChain;

public final class CdnRegion {

    /** Asks the core's chain, environment first, as the generated class does before its own table. */
    public static Region valueOf(String regionId) {
        return RegionProviderChain.getDefaultRegionProviderChain("CDN").getRegion(regionId);
    }

    private CdnRegion() {
    }
}
